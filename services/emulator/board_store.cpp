#include "services/emulator/board_store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/json.hpp"
#include "host/pki/atomic_file.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "host/process/fd.hpp"

namespace wasmbed::emulator {
namespace {

namespace fs = std::filesystem;

auto failure(const std::string& what, const fs::path& path) {
    return fail("cannot " + what + " " + path.string() + ": " + std::strerror(errno));
}

Result<void, std::string> write_image(const fs::path& path, const board::Storage& store,
                                      const std::vector<std::uint8_t>& factory) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return failure("make", path);
    // Left sparse: a new PSRAM reads as zeros, and the board's driver erases what it uses.
    if (::ftruncate(fd.get(), static_cast<off_t>(store.bytes)) != 0) return failure("size", path);
    std::vector<std::uint8_t> partition(static_cast<std::size_t>(store.factory_bytes), 0xFF);
    std::copy(factory.begin(), factory.end(), partition.begin());
    const ssize_t written =
        ::pwrite(fd.get(), partition.data(), partition.size(), static_cast<off_t>(store.factory_offset));
    if (written != static_cast<ssize_t>(partition.size()) || ::fsync(fd.get()) != 0) return failure("write", path);
    return {};
}

Result<void, std::string> link_to(const fs::path& target, const fs::path& link) {
    std::error_code error;
    fs::remove(link, error);
    fs::create_symlink(target, link, error);
    if (error) return fail("cannot make the link " + link.string() + ": " + error.message());
    return {};
}

std::string damaged(const fs::path& path, const std::string& how) {
    return path.string() + " is damaged (" + how +
           "): bring it back from a backup, or delete the Device and make it again to start it with a new identity";
}

Result<std::string, std::string> factory_digest(const fs::path& image, const board::Storage& store) {
    std::vector<std::uint8_t> partition(static_cast<std::size_t>(store.factory_bytes));
    Fd fd(::open(image.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::pread(fd.get(), partition.data(), partition.size(), static_cast<off_t>(store.factory_offset)) !=
                   static_cast<ssize_t>(partition.size()))
        return failure("read", image);
    return pki::sha256_hex(partition);
}

/// The device refuses to work without its factory partition, and says so where nobody may look. Folders of before this
/// was recorded have nothing to compare with.
Result<void, std::string> check_factory(const json::value& state, const fs::path& image, const board::Storage& store) {
    const std::string_view recorded = json_string(state, {"factorySha256"});
    if (recorded.empty()) return {};
    auto digest = factory_digest(image, store);
    if (!digest) return fail(digest.error());
    if (*digest != recorded) return fail(damaged(image, "its factory partition is not what was written"));
    return {};
}

/// Each segment of a device's store begins with this, at a multiple of its erase block
/// (device/runtime/store/record.hpp); one there is from the first boot on.
constexpr std::string_view kSegmentMagic = "WBBS";
constexpr std::size_t kEraseBlockMin = 1024;

Result<bool, std::string> has_segment(const fs::path& image) {
    Fd fd(::open(image.c_str(), O_RDONLY | O_CLOEXEC));
    std::vector<char> part(64 * kEraseBlockMin);
    for (off_t offset = 0;;) {
        const ssize_t got = fd ? ::pread(fd.get(), part.data(), part.size(), offset) : -1;
        if (got < 0) return failure("read", image);
        if (got == 0) return false;
        const std::string_view text(part.data(), static_cast<std::size_t>(got));
        for (std::size_t at = 0; at < text.size(); at += kEraseBlockMin) {
            if (text.substr(at).starts_with(kSegmentMagic)) return true;
        }
        offset += got;
    }
}

}  // namespace

Result<bool, std::string> has_store(const fs::path& folder, const std::string& uid, const std::string& board,
                                    const board::Storage& store, bool enrolled) {
    std::error_code error;
    const fs::path record = folder / board_file::kState;
    if (!fs::exists(record, error)) return false;  // never made, or not finished: nobody has used it
    auto text = pki::read_small_file(record);
    if (!text) return fail(text.error().message);
    auto state = parse_json(*text);
    if (!state) return fail(damaged(record, state.error()));
    if (json_string(*state, {"uid"}) != uid || json_string(*state, {"board"}) != board) return false;
    const fs::path image = folder / board_file::kStore;
    const std::uintmax_t size = fs::file_size(image, error);
    if (error) return fail(damaged(image, error.message()));
    if (size != store.bytes)
        return fail(damaged(image, std::to_string(size) + " bytes instead of " + std::to_string(store.bytes)));
    if (auto partition = check_factory(*state, image, store); !partition) return fail(partition.error());
    if (enrolled) {
        auto readable = has_segment(image);
        if (!readable) return fail(readable.error());
        if (!*readable) return fail(damaged(image, "nothing of the device's store can be read"));
    }
    return true;
}

Result<void, std::string> create_store(const fs::path& folder, const std::string& uid, const std::string& board,
                                       const board::Storage& store, const std::vector<std::uint8_t>& factory) {
    if (factory.size() > store.factory_bytes)
        return fail("the factory data takes " + std::to_string(factory.size()) + " bytes, the partition has " +
                    std::to_string(store.factory_bytes));
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error) fs::create_directories(folder, error);
    if (error) return fail("cannot make " + folder.string() + ": " + error.message());
    if (::chmod(folder.c_str(), 0700) != 0) return failure("protect", folder);
    if (auto written = write_image(folder / board_file::kStore, store, factory); !written) return written;
    auto digest = factory_digest(folder / board_file::kStore, store);
    if (!digest) return fail(digest.error());
    const json::object state{{"uid", uid}, {"board", board}, {"factorySha256", *digest}};
    auto recorded = pki::write_file_atomic(folder / board_file::kState, json::serialize(state) + "\n", 0600);
    if (!recorded) return fail(recorded.error().message);
    return {};
}

Result<void, std::string> prepare_run(const fs::path& folder, const Recipe& recipe) {
    std::error_code ignored;
    fs::remove(folder / board_file::kConsoleSocket, ignored);
    fs::remove(folder / board_file::kQmpSocket, ignored);
    if (!recipe.entropy_pipe) return {};
    const fs::path entropy = folder / board_file::kEntropy;
    if (auto made = link_to("/dev/urandom", entropy.string() + ".in"); !made) return made;
    return link_to("/dev/null", entropy.string() + ".out");
}

}  // namespace wasmbed::emulator
