# What the scripts beside this file share; they read it with `.`, from sh.
# VCPI_VENV names the environment (default: .venv in the checkout), PYTHON the interpreter that makes it,
# VCPI_CONSTRAINTS the file of versions (default: constraints.txt).

CDPATH=
top=$(cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
venv=${VCPI_VENV:-$top/.venv}
pins=$top/${VCPI_CONSTRAINTS:-constraints.txt}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
unset PYTHONHOME PYTHONPATH # another project's packages would come before ours
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'vcpi: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; }
makes_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Sets python to a Python 3.11 to 3.13 that can make environments, and bare to one that lacks only the parts for that.
find_python() {
    python='' bare=''
    if [ -n "${PYTHON:-}" ]; then
        fits "$PYTHON" || die "PYTHON=$PYTHON is not Python 3.11, 3.12 or 3.13; name one that is, or unset it"
        set -- "$PYTHON"
    else
        set -- python3.13 python3.12 python3.11 python3 python
    fi
    for candidate in "$@"; do
        fits "$candidate" || continue
        if makes_environments "$candidate"; then
            python=$candidate
            return 0
        fi
        bare=${bare:-$candidate}
    done
    return 1
}

need_python() {
    find_python && return 0
    [ -z "$bare" ] || die "$bare cannot make environments; install that part of it ('apt install python3-venv' on Debian and Ubuntu)"
    die "no Python 3.11, 3.12 or 3.13 found; install one, or name it: PYTHON=/path/to/python3 sh $0"
}

log() { "$@" >>"$venv/vcpi.log" 2>&1; }

with_uv() { # with_uv EXTRAS
    command -v uv >/dev/null 2>&1 || return 1
    cache=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uv}
    { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || export UV_NO_CACHE=1 # a home that cannot be written to
    if ! fits "$venv/bin/python"; then
        find_python || python=${bare:-'>=3.11,<3.14'} # uv brings what pip lacks, a whole Python too
        log uv venv --allow-existing --python "$python" "$venv" || return 1
    fi
    log uv pip install --compile-bytecode --python "$venv/bin/python" -c "$pins" -e "$top$1"
}

with_pip() { # with_pip EXTRAS
    if ! fits "$venv/bin/python"; then
        need_python
        log "$python" -m venv "$venv" || return 1
    fi
    log "$venv/bin/python" -m pip --version || log "$venv/bin/python" -m ensurepip || return 1 # uv leaves pip out
    log "$venv/bin/python" -m pip install -c "$pins" -e "$top$1"
}

# What an installation depends on; a change to any of it installs again.
recipe() { { cat "$top/pyproject.toml" "$pins" "$top/vcpi/version.py" && printf '%s' "$top"; } | cksum; }

# An environment of ours that was moved or lost its Python is made anew; one of somebody else's is never removed.
clear_the_way() {
    if [ -f "$venv/vcpi.place" ]; then
        [ "$(cat "$venv/vcpi.place")" != "$venv" ] || ! fits "$venv/bin/python" || return 0
        rm -rf "$venv"
    elif [ -n "$(ls -A "$venv" 2>/dev/null)" ] && ! fits "$venv/bin/python"; then
        die "$venv is not an environment with Python 3.11 to 3.13; remove it, or name another place: VCPI_VENV=FOLDER"
    fi
    mkdir -p "$venv" && printf '%s\n' "$venv" >"$venv/vcpi.place" || die "cannot write to $venv; VCPI_VENV=FOLDER names another place"
}

# install LEVEL: 0 the program, 1 what its tests need too, 2 the checks' tools too. Needs the network where the stamp
# says that something is missing, and only there.
install() {
    have=$(cat "$venv/vcpi.stamp" 2>/dev/null) || have=''
    if [ "${have#* }" = "$(recipe)" ] && [ "${have%% *}" -ge "$1" ] && [ "$(cat "$venv/vcpi.place")" = "$venv" ] &&
        fits "$venv/bin/python"; then
        return 0
    fi
    case $1 in 0) extras='[plot,web]' ;; 1) extras='[test]' ;; *) extras='[test,lint]' ;; esac
    clear_the_way
    rm -f "$venv/vcpi.stamp" "$venv/vcpi.log"
    say "installing into $venv (a minute or two, this once)"
    if ! with_uv "$extras"; then
        ! command -v uv >/dev/null 2>&1 || say "uv did not manage it ($venv/vcpi.log says why); trying pip"
        with_pip "$extras" || { tail -n 30 "$venv/vcpi.log" >&2; die "the installation failed; the lines above say why"; }
    fi
    # Where Python is told not to keep what it compiled, every command would compile the program anew.
    log "$venv/bin/python" -m compileall -q "$top/vcpi" || :
    printf '%s %s\n' "$1" "$(recipe)" >"$venv/vcpi.stamp"
    say "installed"
}
