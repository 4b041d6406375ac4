#include "services/emulator/program_version.hpp"

#include <array>
#include <fcntl.h>

#include "host/process/wait.hpp"
#include "services/emulator/recipe.hpp"

namespace wasmbed::emulator {
namespace {

constexpr std::chrono::seconds kAnswerLimit{20};

std::string remedy(const std::string& binary) {
    if (binary == "qemu-system-arm")
        return "; on Debian: apt-get install qemu-system-arm (a newer one: add -t bookworm-backports)";
    return {};
}

}  // namespace

Task<Result<std::string, std::string>> program_version(std::string binary) {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) co_return fail(std::string("cannot make a pipe"));
    Fd read_end(fds[0]);
    Fd write_end(fds[1]);
    auto child = spawn({.argv = {binary, "--version"}, .stdout_fd = write_end.get()});
    write_end.reset();
    if (!child) co_return fail(child.error().text() + remedy(binary));
    const bool ended = co_await wait_for_exit(*child, kAnswerLimit);
    if (!ended) co_return fail(binary + " --version does not end");
    // A version text fits a pipe's buffer many times over, so reading once after the end gets it all.
    std::array<char, 4096> text;
    const ssize_t got = ::read(read_end.get(), text.data(), text.size());
    co_return find_version(std::string_view(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0));
}

Task<Result<void, std::string>> check_program(std::string binary, std::string min_version) {
    auto found = co_await program_version(binary);
    if (!found) co_return fail(found.error());
    if (!version_at_least(*found, min_version))
        co_return fail(binary + " is version " + (found->empty() ? "unknown" : *found) + ", this board needs " +
                       min_version + " or later" + remedy(binary));
    co_return Result<void, std::string>{};
}

std::filesystem::path private_programs(const std::filesystem::path& firmware_dir) {
    return std::filesystem::absolute(firmware_dir).parent_path() / "qemu" / "bin";
}

Task<Result<std::string, std::string>> find_program(std::string binary, std::string min_version,
                                                    std::filesystem::path folder) {
    auto usable = co_await check_program(binary, min_version);
    if (usable) co_return binary;
    const std::filesystem::path other = folder / binary;
    std::error_code ignored;
    if (std::filesystem::exists(other, ignored)) {
        auto other_usable = co_await check_program(other.string(), min_version);
        if (other_usable) co_return other.string();
    }
    co_return fail(usable.error());
}

}  // namespace wasmbed::emulator
