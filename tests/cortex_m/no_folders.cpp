// What GoogleTest calls for reports in files, and picolibc's semihosting has not: both say so.
#include <cerrno>
#include <sys/stat.h>

extern "C" {
int stat(const char*, struct stat*) {
    errno = ENOSYS;
    return -1;
}
int mkdir(const char*, mode_t) {
    errno = ENOSYS;
    return -1;
}
}
