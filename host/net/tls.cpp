#include "host/net/tls.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace wasmbed::net {
namespace {

constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;

}  // namespace

Result<std::string, std::string> read_file(const std::string& path) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
    if (!file) return fail("cannot open " + path + ": " + std::strerror(errno));
    std::string content;
    char buffer[16 * 1024];
    while (std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
        content.append(buffer, count);
        if (content.size() > kFileBytesMax) return fail(path + " is larger than 16 MiB");
    }
    if (std::ferror(file.get())) return fail("cannot read " + path + ": " + std::strerror(errno));
    return content;
}

}  // namespace wasmbed::net
