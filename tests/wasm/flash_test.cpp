// Translated code as a device would keep it in flash: programmed once, run in place, never written by the engine.
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "core/wasm/engine.hpp"
#include "core/wasm/image.hpp"
#include "core/wasm/snapshot.hpp"
#include "core/wasm/test_room.hpp"
#include "tests/wasm/module_files.hpp"

namespace wasmbed::wasm::test {
namespace {

/// Memory-mapped NOR flash: erased to ones, each word programmed once, and from `lock` on a write to it ends the test.
class Flash {
  public:
    explicit Flash(std::size_t bytes)
        : bytes_((bytes + 4095) / 4096 * 4096),
          at_(static_cast<std::uint8_t*>(
              mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        std::memset(at_, 0xff, bytes_);
    }
    Flash(const Flash&) = delete;
    Flash& operator=(const Flash&) = delete;
    ~Flash() { munmap(at_, bytes_); }

    Bytes program(Bytes what) {
        std::memcpy(at_, what.data(), what.size());
        EXPECT_EQ(mprotect(at_, bytes_, PROT_READ), 0);
        return {at_, what.size()};
    }

  private:
    std::size_t bytes_;
    std::uint8_t* at_;
};

/// Result slots of `digest`, in slices; the instance is moved by a snapshot now and then.
std::vector<std::uint32_t> digest(const Module& module) {
    InstanceLimits limits;
    limits.stack_bytes = 64 * 1024;
    const auto bytes = static_cast<std::size_t>(Instance::bytes_needed(module, limits)) + 128 * 1024;
    Room arenas[2] = {Room(bytes), Room(bytes)};
    Instance* instance = *Instance::create(module, {}, arenas[0].span(), limits);
    while (instance->busy()) (void)instance->run(1000);  // the module's start function
    if (!instance->start("digest", {})) return {};
    for (unsigned slice = 1;; ++slice) {
        const Outcome outcome = instance->run(5000);
        if (const Done* done = std::get_if<Done>(&outcome)) return {done->results.begin(), done->results.end()};
        if (!std::holds_alternative<OutOfFuel>(outcome)) return {};
        std::vector<std::uint8_t> snapshot(static_cast<std::size_t>(snapshot_bytes(*instance)));
        if (!save_snapshot(*instance, snapshot)) return {};
        instance = *Instance::create(module, {}, arenas[slice % 2].span(), limits);
        instance->abandon();  // the start function has been run
        if (!restore_snapshot(*instance, snapshot)) return {};
    }
}

TEST(Flash, programs_run_from_images_that_cannot_be_written) {
    std::size_t programs = 0;
    for (const std::filesystem::path& path : modules_in(WASMBED_PROGRAMS)) {
        const std::vector<std::uint8_t> wasm = contents(path);
        const Needs needs = *measure(wasm);
        Room image(needs.image_bytes), scratch(needs.scratch_bytes);
        const auto module = translate(wasm, image.span(), scratch.span());
        ASSERT_TRUE(module.has_value()) << path;
        const std::vector<std::uint32_t> expected = digest(*module);
        EXPECT_FALSE(expected.empty()) << path;

        Flash flash_of_image(module->image().size()), flash_of_module(wasm.size());
        const Bytes image_there = flash_of_image.program(module->image());
        const Bytes module_there = flash_of_module.program(wasm);
        std::ranges::fill(image.span(), std::uint8_t{0});
        const auto there = Module::attach(module_there, image_there);
        ASSERT_TRUE(there.has_value()) << path;
        EXPECT_EQ(digest(*there), expected) << path;
        ++programs;
    }
    EXPECT_GT(programs, 10u);
}

TEST(Flash, an_image_of_another_engine_build_is_not_taken) {
    const std::vector<std::uint8_t> wasm = contents(std::filesystem::path(WASMBED_PROGRAMS) / "c_fib.wasm");
    const Needs needs = *measure(wasm);
    Room image(needs.image_bytes), scratch(needs.scratch_bytes);
    const auto module = translate(wasm, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    std::vector<std::uint8_t> other(module->image().begin(), module->image().end());
    Room copy(other.size());
    std::ranges::copy(other, copy.span().begin());
    EXPECT_TRUE(Module::attach(wasm, copy.span().first(other.size())).has_value());
    const std::uint32_t format = kImageFormat + 1;
    std::memcpy(copy.span().data(), &format, sizeof format);
    EXPECT_FALSE(Module::attach(wasm, copy.span().first(other.size())).has_value());
}

}  // namespace
}  // namespace wasmbed::wasm::test
