#include "services/emulator/board_store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/json.hpp"
#include "host/pki/atomic_file.hpp"
#include "host/process/fd.hpp"

namespace wasmbed::emulator {
namespace {

namespace fs = std::filesystem;

auto failure(const std::string& what, const fs::path& path) {
    return fail("cannot " + what + " " + path.string() + ": " + std::strerror(errno));
}

Result<void, std::string> write_image(const fs::path& path, const Recipe::Store& store,
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

}  // namespace

bool store_belongs_to(const fs::path& folder, const std::string& uid, const std::string& board,
                      const Recipe::Store& store) {
    std::ifstream file(folder / board_file::kState);
    std::ostringstream text;
    text << file.rdbuf();
    auto state = parse_json(text.str());
    std::error_code error;
    return state && json_string(*state, {"uid"}) == uid && json_string(*state, {"board"}) == board &&
           fs::file_size(folder / board_file::kStore, error) == store.bytes && !error;
}

Result<void, std::string> create_store(const fs::path& folder, const std::string& uid, const std::string& board,
                                       const Recipe::Store& store, const std::vector<std::uint8_t>& factory) {
    if (factory.size() > store.factory_bytes)
        return fail("the factory data takes " + std::to_string(factory.size()) + " bytes, the partition has " +
                    std::to_string(store.factory_bytes));
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error) fs::create_directories(folder, error);
    if (error) return fail("cannot make " + folder.string() + ": " + error.message());
    if (::chmod(folder.c_str(), 0700) != 0) return failure("protect", folder);
    if (auto written = write_image(folder / board_file::kStore, store, factory); !written) return written;
    const json::object state{{"uid", uid}, {"board", board}};
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
