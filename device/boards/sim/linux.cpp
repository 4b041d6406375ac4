#include <climits>
#include <unistd.h>

#include "device/boards/sim/platform.hpp"

namespace wasmbed::sim {

std::string own_program() {
    char path[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);  // proc(5)
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace wasmbed::sim
