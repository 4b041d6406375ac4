// What the store of a board with 8 KB of RAM keeps: the one app, so that a power cut leaves the old one or the new one.
#pragma once

#include "device/runtime/store/kv_store.hpp"

namespace wasmbed {

/// Keys: "a" = the record, a byte of flags and the manifest's COSE_Sign1; "m0" and "m1" = modules. The record says
/// which of the two is its own. An update fills the other one, then replaces the record, then empties the first.
class SmallStore {
  public:
    explicit SmallStore(hal::Store& medium) : kv_(medium) {}

    /// Must succeed before anything else.
    [[nodiscard]] Result<store::OpenReport, store::KvError> open() { return kv_.open(); }

    /// Flags and manifest; returns the record's size, which may be larger than `out`.
    [[nodiscard]] Result<std::uint32_t, store::KvError> record(MutableBytes out) const { return kv_.get(kRecord, out); }
    /// Whether the app of a record with these flags shall run, and where its module is.
    static bool runs(std::uint8_t flags) { return (flags & 1) != 0; }
    static std::uint8_t slot_of(std::uint8_t flags) { return flags >> 1 & 1; }

    static constexpr std::uint8_t kSlots = 2;
    /// Where in the medium the slot's module lies, unchecked: whoever uses it compares the digest.
    [[nodiscard]] Result<store::KvStore::Place, store::KvError> module(std::uint8_t slot) const {
        return kv_.place_of(kModules[slot]);
    }
    /// The slot that the record does not name.
    [[nodiscard]] Result<std::uint8_t, store::KvError> free_slot() const {
        std::uint8_t flags = 0;
        const auto size = kv_.get(kRecord, {&flags, 1});
        if (!size && size.error() == store::KvError::Device) return fail(size.error());
        return static_cast<std::uint8_t>(size ? slot_of(flags) ^ 1 : 0);
    }
    /// Streams a module into a slot, as `KvStore` does.
    [[nodiscard]] Result<void, store::KvError> begin(std::uint8_t slot, std::uint32_t bytes) {
        return kv_.begin(kModules[slot], bytes);
    }
    [[nodiscard]] Result<void, store::KvError> append(Bytes data) { return kv_.append(data); }
    [[nodiscard]] Result<void, store::KvError> commit() { return kv_.commit(); }

    /// Makes `record`, whose first byte this sets, the device's app with the module in `slot`; the other slot is
    /// emptied.
    [[nodiscard]] Result<void, store::KvError> save(MutableBytes record, bool run, std::uint8_t slot) {
        record[0] = static_cast<std::uint8_t>((run ? 1 : 0) | slot << 1);
        if (const auto saved = kv_.set(kRecord, record); !saved) return saved;
        return kv_.remove(kModules[slot ^ 1]);
    }
    /// The app is gone with its record; modules that stay behind because of a power cut are in nobody's way.
    [[nodiscard]] Result<void, store::KvError> remove() {
        for (const std::string_view key : {kRecord, kModules[0], kModules[1]}) {
            if (const auto removed = kv_.remove(key); !removed) return removed;
        }
        return {};
    }

  private:
    static constexpr std::string_view kRecord = "a";
    static constexpr std::string_view kModules[kSlots] = {"m0", "m1"};

    store::KvStore kv_;
};

}  // namespace wasmbed
