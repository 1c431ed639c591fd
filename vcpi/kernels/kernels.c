/* What the library says of itself. */

#include <stdint.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

EXPORT int64_t vcpi_kernels_version(void)
{
    return 4; /* as VERSION in __init__.py */
}

/* Linkers on Windows look for it; the library is no Python module and is never imported. */
EXPORT void *PyInit__native(void)
{
    return 0;
}
