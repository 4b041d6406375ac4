#include "host/cli/backup.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "host/base/json.hpp"
#include "host/cli/board_copy.hpp"
#include "host/cli/data_format.hpp"
#include "host/pki/atomic_file.hpp"
#include "host/process/spawn.hpp"
#include "host/store/sqlite.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;
using Failure = Result<void, std::string>;

constexpr char kObjects[] = "apiserver.db";
constexpr const char* kPlainFiles[] = {"format", "ports.json", "kubeconfig"};
/// Attempts to find a moment in which no device enrolls.
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{500};

/// A folder that goes with its owner.
class Staging {
  public:
    explicit Staging(fs::path path) : path_(std::move(path)) {}
    ~Staging() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    const fs::path& path() const { return path_; }
    Failure make() const {
        std::error_code error;
        fs::remove_all(path_, error);
        if (::mkdir(path_.c_str(), 0700) != 0)
            return fail("cannot make " + path_.string() + ": " + std::strerror(errno));
        return {};
    }

  private:
    fs::path path_;
};

/// What binds devices to their objects: certificate serials.
Result<std::set<std::string>, std::string> identities_in(const fs::path& database) {
    auto db = store::Database::open(database.string());
    if (!db) return fail(db.error().message);
    auto select = db->prepare("SELECT text FROM objects WHERE kind = 'wasmbed.io/devices'");
    if (!select) return fail(select.error().message);
    std::set<std::string> serials;
    for (;;) {
        auto row = select->step();
        if (!row) return fail(row.error().message);
        if (!*row) return serials;
        auto device = parse_json(std::string(select->text(0)));
        if (device) serials.emplace(json_string(*device, {"status", "identity", "serial"}));
    }
}

Failure snapshot(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::remove(to, error);
    auto db = store::Database::open(from.string());
    if (!db) return fail(db.error().message);
    if (auto done = db->snapshot(to.string()); !done) return fail(done.error().message);
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
    return {};
}

Failure copy_one(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);  // with its mode
    if (error) return fail("cannot copy " + from.string() + ": " + error.message());
    return {};
}

Failure copy_keys(const fs::path& data, const fs::path& into) {
    if (::mkdir((into / "pki").c_str(), 0700) != 0) return fail("cannot make " + (into / "pki").string());
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(data / "pki", error)) {
        if (!entry.is_regular_file(error) || entry.path().extension() == ".tmp") continue;
        if (auto copied = copy_one(entry.path(), into / "pki" / entry.path().filename()); !copied) return copied;
    }
    if (error) return fail("cannot read " + (data / "pki").string() + ": " + error.message());
    return {};
}

Failure copy_databases(const fs::path& data, const fs::path& into) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(data, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("gateway-") || entry.path().extension() != ".db") continue;
        if (auto copied = snapshot(entry.path(), into / name); !copied) return copied;
    }
    // The objects last: they may know more than the devices, never less.
    return snapshot(data / kObjects, into / kObjects);
}

/// Boards and objects of the same moment as far as identities go: a device that enrolled in between would be locked out
/// after a restore.
Failure copy_state(const fs::path& data, const fs::path& into) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (attempt > 0) std::this_thread::sleep_for(kPause);
        if (auto first = snapshot(data / kObjects, into / kObjects); !first) return first;
        auto before = identities_in(into / kObjects);
        if (!before) return fail(before.error());
        if (auto boards = copy_boards(data / "devices", into / "devices"); !boards) return boards;
        if (auto databases = copy_databases(data, into); !databases) return databases;
        auto after = identities_in(into / kObjects);
        if (!after) return fail(after.error());
        if (*before == *after) return {};
    }
    return fail(std::string("devices enroll all the time; try again when they have"));
}

/// What a program wrote there, at most 4 KiB of it.
std::string read_back(const Fd& file) {
    std::string text(4096, '\0');
    const ssize_t bytes = ::pread(file.get(), text.data(), text.size(), 0);
    text.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return text;
}

/// Its many lines about one fault become one: the disk, or the first thing that it said.
std::string reason_in(const std::string& said, const ExitStatus& status) {
    if (said.find("No space left on device") != std::string::npos) return "the disk is full";
    const std::size_t begin = said.find_first_not_of('\n');
    if (begin == std::string::npos) return "tar ended with " + status.text();
    return said.substr(begin, said.find('\n', begin) - begin);
}

Failure run_tar(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "tar");
    const Fd said(::memfd_create("tar", MFD_CLOEXEC));
    SpawnOptions options;
    options.argv = std::move(arguments);
    options.stderr_fd = said.get();
    auto tar = spawn(options);
    if (!tar) return fail(tar.error().text() + "; on Debian: apt-get install tar gzip");
    ExitStatus status;
    tar->wait(-1, &status);
    if (!status.success()) return fail(reason_in(read_back(said), status));
    return {};
}

/// Takes the name `to` only if nobody has it.
Failure place(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    return fail("cannot make " + to.string() + ": " + std::strerror(errno));
}

Failure sync_file(const fs::path& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return fail("cannot write " + path.string() + ": " + std::strerror(errno));
    return {};
}

Failure check_restored(const fs::path& folder, const fs::path& archive) {
    if (auto known = check_data_format(folder); !known) return known;
    std::error_code error;
    for (const char* needed : {"format", kObjects, "pki"}) {
        if (!fs::exists(folder / needed, error))
            return fail(archive.string() + " is no backup of wasmbed: it has no " + needed);
    }
    // A backup has files and folders only: nothing that points out of it, no devices.
    for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
        const fs::file_type type = entry.symlink_status(error).type();
        if (type != fs::file_type::regular && type != fs::file_type::directory)
            return fail(archive.string() + " is no backup of wasmbed: " +
                        entry.path().lexically_relative(folder).string() + " in it is neither file nor folder");
    }
    auto db = store::Database::open((folder / kObjects).string());
    auto whole = db ? db->check() : fail(db.error());
    if (!whole) return fail(archive.string() + ": " + whole.error().message);
    return {};
}

}  // namespace

Result<void, std::string> backup(const fs::path& data, const fs::path& archive) {
    ::umask(077);
    std::error_code error;
    if (fs::exists(archive, error)) return fail(archive.string() + " is there already; choose another file with -o");
    if (!fs::exists(data / kObjects, error))
        return fail(data.string() + " is no data folder of wasmbed: it has no " + kObjects);
    if (auto known = check_data_format(data); !known) return known;
    const Staging staging(archive.string() + ".parts");
    if (auto made = staging.make(); !made) return made;
    // The archive grows beside what it is made of: tar minds a folder that changes while it is read.
    const fs::path content = staging.path() / "content";
    const fs::path file = staging.path() / "archive";
    if (!fs::create_directory(content, error)) return fail("cannot make " + content.string() + ": " + error.message());
    for (const char* name : kPlainFiles) {
        if (!fs::exists(data / name, error)) continue;
        if (auto copied = copy_one(data / name, content / name); !copied) return copied;
    }
    // A folder of before there was such a file has this very layout.
    if (auto recorded = settle_data_format(content, {}); !recorded) return recorded;
    if (auto copied = copy_keys(data, content); !copied) return copied;
    if (auto copied = copy_state(data, content); !copied) return copied;
    auto packed = run_tar({"--sparse", "-czf", file.string(), "-C", content.string(), "."});
    if (!packed) return fail("cannot write " + archive.string() + ": " + packed.error());
    if (auto synced = sync_file(file); !synced) return synced;
    return place(file, archive);
}

Result<void, std::string> restore(const fs::path& archive, const fs::path& data) {
    ::umask(077);
    std::error_code error;
    if (!fs::exists(archive, error)) return fail(archive.string() + " does not exist");
    if (!fs::is_regular_file(archive, error)) return fail(archive.string() + " is no backup of wasmbed: it is no file");
    if (fs::exists(data, error) && !(fs::is_directory(data, error) && fs::is_empty(data, error)))
        return fail(data.string() + " is there already and not empty; choose another folder with --data");
    const fs::path clean = fs::absolute(data).lexically_normal();
    const fs::path target = clean.has_filename() ? clean : clean.parent_path();
    fs::create_directories(target.parent_path(), error);
    const Staging staging(target.string() + ".restoring");
    if (auto made = staging.make(); !made) return made;
    auto unpacked = run_tar({"--no-same-owner", "-p", "-xzf", archive.string(), "-C", staging.path().string()});
    if (!unpacked)
        return fail("cannot unpack " + archive.string() + " in " + target.parent_path().string() + ": " +
                    unpacked.error() + "; if the disk has room it is no backup of wasmbed, or damaged");
    if (auto whole = check_restored(staging.path(), archive); !whole) return whole;
    fs::remove(target, error);  // an empty folder, or nothing
    return place(staging.path(), target);
}

}  // namespace wasmbed::cli
