#include "host/cli/board_copy.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "host/process/fd.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;
using Image = std::vector<char>;

constexpr int kReadsMax = 100;
constexpr std::chrono::milliseconds kPause{20};
constexpr std::size_t kBlockBytes = 4096;

Result<Image, std::string> read_image(const fs::path& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return fail("cannot read " + path.string() + ": " + std::strerror(errno));
    Image image(static_cast<std::size_t>(status.st_size));
    for (std::size_t at = 0; at < image.size();) {
        const ssize_t got = ::pread(fd.get(), image.data() + at, image.size() - at, static_cast<off_t>(at));
        if (got <= 0) return fail("cannot read " + path.string() + ": " + std::strerror(errno));
        at += static_cast<std::size_t>(got);
    }
    return image;
}

Result<Image, std::string> read_resting(const fs::path& path) {
    auto before = read_image(path);
    for (int reads = 1; before && reads < kReadsMax; ++reads) {
        auto after = read_image(path);
        if (!after || *after == *before) return after;
        before = std::move(after);
        std::this_thread::sleep_for(kPause);
    }
    if (!before) return before;
    return fail(path.string() +
                " changes all the time; switch that device off (`wasmbed device power off`) and try again");
}

/// Sparse: blocks of zeros stay holes.
Result<void, std::string> write_image(const fs::path& path, const Image& image) {
    static constexpr char kZeros[kBlockBytes] = {};
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    bool good = fd && ::ftruncate(fd.get(), static_cast<off_t>(image.size())) == 0;
    for (std::size_t at = 0; good && at < image.size(); at += kBlockBytes) {
        const std::size_t size = std::min(kBlockBytes, image.size() - at);
        if (std::memcmp(image.data() + at, kZeros, size) == 0) continue;
        good = ::pwrite(fd.get(), image.data() + at, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
    }
    if (!good) return fail("cannot write " + path.string() + ": " + std::strerror(errno));
    return {};
}

Result<void, std::string> copy_board(const fs::path& from, const fs::path& to) {
    std::error_code error;
    // The record is written last, so a folder without it holds nothing yet.
    if (!fs::exists(from / "state.json", error)) return {};
    auto image = read_resting(from / "store.img");
    if (!image) return fail(image.error());
    fs::create_directories(to, error);
    if (!error) fs::copy_file(from / "state.json", to / "state.json", error);
    if (error) return fail("cannot copy " + (from / "state.json").string() + ": " + error.message());
    return write_image(to / "store.img", *image);
}

}  // namespace

Result<void, std::string> copy_boards(const fs::path& devices, const fs::path& into) {
    std::error_code error;
    fs::remove_all(into, error);
    for (const auto& ns : fs::directory_iterator(devices, error)) {
        std::error_code inner;
        for (const auto& board : fs::directory_iterator(ns.path(), inner)) {
            const fs::path to = into / ns.path().filename() / board.path().filename();
            if (auto copied = copy_board(board.path(), to); !copied) return copied;
        }
    }
    return {};
}

}  // namespace wasmbed::cli
