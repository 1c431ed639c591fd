"""The command ``vcpi``, also as ``python -m vcpi``."""

from __future__ import annotations

import sys

from vcpi._guard import ForeignPackageError, refuse_overwritten


def main() -> int | None:
    """Run the command line.

    Returns
    -------
    int or None
        The exit status for :func:`sys.exit`: 1 with one line on stderr where another distribution's files lie in
        vcpi's package folder, else what the command line says.

    Examples
    --------
    >>> from vcpi.__main__ import main  # doctest: +SKIP
    >>> main()  # doctest: +SKIP
    """
    try:
        refuse_overwritten()
    except ForeignPackageError as error:
        sys.stderr.write(f"vcpi: {error}\n")
        return 1
    from vcpi.cli.app import main as run  # after the guard: a mixed folder fails inside it with a riddle

    return run()


if __name__ == "__main__":
    sys.exit(main())
