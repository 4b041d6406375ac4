// An app in memory: where its module is read from, its translation, its instance. Private to this folder.
#pragma once

#include "device/runtime/small/small_app.hpp"

namespace wasmbed {

/// Lies at the start of the app's area, in front of image and instance.
struct SmallApp::Loaded final : private wasm::ModuleSource {
    Loaded(const hal::Store& from, std::uint32_t at, std::uint32_t bytes)
        : store(from), place(at), window(*this, bytes, room) {}

    const hal::Store& store;
    std::uint32_t place;  ///< of the module in the store, which nobody changes while the app is loaded
    std::uint8_t room[wasm::ModuleWindow::kRoomUsual];
    wasm::ModuleWindow window;
    std::optional<wasm::Module> module;
    wasm::Instance* instance = nullptr;
    bool in_start_function = false;

  private:
    bool do_read(std::uint32_t offset, MutableBytes out) override {
        return store.read(place + offset, out).has_value();
    }
};

}  // namespace wasmbed
