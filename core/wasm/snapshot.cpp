#include "core/wasm/snapshot.hpp"

#include <cstddef>
#include <cstring>

#include "core/base/crc32.hpp"
#include "core/wasm/calls.hpp"
#include "core/wasm/code_walk.hpp"
#include "core/wasm/instance_data.hpp"

namespace wasmbed::wasm {

namespace {

#if WASMBED_WASM_STREAMED
/// 0 when the module cannot be read.
std::uint32_t crc_of(ModuleBytes wasm) {
    std::uint32_t crc = 0;
    for (std::uint32_t at = 0; at < wasm.size();) {
        std::uint8_t part[16];
        const std::uint32_t rest = wasm.size() - at;
        const MutableBytes some{part, rest < sizeof part ? rest : sizeof part};
        if (!copy_bytes(wasm, at, some)) return 0;
        crc = crc32(some, crc);
        at += static_cast<std::uint32_t>(some.size());
    }
    return crc;
}
#else
std::uint32_t crc_of(Bytes wasm) {
    return crc32(wasm);
}
#endif

constexpr std::uint32_t kMagic = 0x32535757;  // "WWS2"
constexpr std::uint32_t kExit = offsetof(ImageHeader, exit_code);

/// In front; then the own globals' cells, for each own table its size and entries, a byte for each dropped flag, padded
/// to 4, the stack's slots, and of each own memory its pages and its bytes.
struct Header {
    std::uint32_t magic;
    std::uint32_t crc;  ///< of all that follows
    std::uint32_t format;
    std::uint32_t wasm_crc;
    std::uint32_t instance_id;
    /// Written: up to the end of the innermost frame. What callers have above that is dead.
    std::uint32_t stack_slots;
    std::uint32_t state;
    std::uint32_t function;     ///< kEntering: what to call; else whose code is running, or kNone
    std::uint32_t code_offset;  ///< from the function's header
    std::uint32_t fp;
    std::uint32_t results;
    std::uint32_t result_slots;
    std::int32_t fuel;
};

std::unexpected<SnapshotError> refuse(SnapshotErrorKind kind, const char* what) {
    return fail(SnapshotError{kind, what});
}
std::unexpected<SnapshotError> damaged(const char* what) {
    return refuse(SnapshotErrorKind::kDamaged, what);
}

std::uint32_t own_globals(const ImageHeader& h) {
    return h.global_count - h.imported_globals;
}
std::uint32_t flag_bytes(const ImageHeader& h) {
    return (h.data_count + h.element_count + 3u) & ~3u;
}
std::span<const MemoryData> own_memories(const InstanceData& data) {
    const ImageHeader& h = data.module.header();
    return {data.own_memory, std::size_t{h.memory_count} - h.imported_memories};
}

/// Index of the own function whose code holds this offset, or kNone.
std::uint32_t function_of(const Module& module, std::uint32_t offset) {
    const ImageHeader& h = module.header();
    std::uint32_t found = kNone;
    for (std::uint32_t i = h.imported_functions; i < h.function_count && code_offset_of(module, i) <= offset; ++i)
        found = i;
    return found;
}

/// Slots of the stack that the call in progress uses.
std::uint32_t slots_in_use(const InstanceData& data) {
    const Activation& a = data.activation;
    if (a.state == Activation::State::kIdle) return 0;
    if (a.state == Activation::State::kEntering) {
        const FuncType type = data.module.function_type(a.function);
        return slots_of(type.params);
    }
    if (a.pc == kExit) return a.fp + a.result_slots;
    return a.fp + function_header(data.module, function_of(data.module, a.pc)).frame_slots;
}

/// Reads or writes parts one behind the other.
class Cursor {
  public:
    explicit Cursor(std::uint64_t at) : at_(at) {}
    std::uint64_t take(std::uint64_t bytes) {
        const std::uint64_t start = at_;
        at_ += bytes;
        return start;
    }
    std::uint64_t at() const { return at_; }

  private:
    std::uint64_t at_;
};

bool frames_are_own(const InstanceData& data) {
    const Activation& a = data.activation;
    if (a.state == Activation::State::kIdle || a.state == Activation::State::kEntering) return true;
    if (a.instance != &data) return false;
    std::uint32_t fp = a.fp;
    for (std::uint32_t pc = a.pc; pc != kExit;) {
        const std::uint32_t* link =
            data.stack + fp + function_header(data.module, function_of(data.module, pc)).param_slots;
        pc = link[0];
        fp -= link[1];
    }
    BoundaryRecord record;
    std::memcpy(&record, data.stack + fp - kBoundarySlots, sizeof record);
    return record.instance[0] == 0 && record.instance[1] == 0;
}

/// A snapshot's bytes against the instance that is to take them.
class Restoring {
  public:
    Restoring(InstanceData& data, Bytes bytes) : data_(data), h_(data.module.header()), bytes_(bytes) {}
    Result<void, SnapshotError> check();
    void apply();

  private:
    Result<void, SnapshotError> check_sizes();
    Result<void, SnapshotError> check_call() const;
    Result<void, SnapshotError> check_frames() const;
    Result<void, SnapshotError> check_exit(std::uint32_t fp, std::uint32_t result_slots) const;
    std::uint32_t word(std::uint64_t at) const {
        std::uint32_t value;
        std::memcpy(&value, bytes_.data() + at, sizeof value);
        return value;
    }
    std::uint32_t slot(std::uint32_t index) const { return word(stack_at_ + 4ull * index); }

    InstanceData& data_;
    const ImageHeader& h_;
    Bytes bytes_;
    Header header_{};
    std::uint64_t stack_at_ = 0;
};

Result<void, SnapshotError> Restoring::check() {
    if (data_.activation.state != Activation::State::kIdle)
        return refuse(SnapshotErrorKind::kBusy, "a call is in progress");
    if (bytes_.size() < sizeof header_) return damaged("shorter than its header");
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    if (header_.magic != kMagic) return damaged("not a snapshot");
    if (header_.crc != crc32(bytes_.subspan(8))) return damaged("checksum");
    if (header_.format != kImageFormat || header_.wasm_crc != crc_of(data_.module.wasm()))
        return refuse(SnapshotErrorKind::kOtherModule, "of another module or engine build");
    if (header_.instance_id != data_.id)
        return refuse(SnapshotErrorKind::kOtherModule, "of an instance at another place in the registry");
    if (auto sizes = check_sizes(); !sizes) return sizes;
    return check_call();
}

Result<void, SnapshotError> Restoring::check_sizes() {
    Cursor at(sizeof header_);
    at.take(8ull * own_globals(h_));
    for (std::uint32_t i = h_.imported_tables; i < h_.table_count; ++i) {
        const std::uint64_t size_at = at.take(4);
        if (size_at + 4 > bytes_.size()) return damaged("shorter than its tables");
        if (word(size_at) > data_.tables[i]->reserved) return refuse(SnapshotErrorKind::kTooSmall, "table");
        at.take(4ull * word(size_at));
    }
    at.take(flag_bytes(h_));
    stack_at_ = at.take(4ull * header_.stack_slots);
    if (header_.stack_slots > data_.stack_slots) return refuse(SnapshotErrorKind::kTooSmall, "stack");
    for (const MemoryData& memory : own_memories(data_)) {
        const std::uint64_t pages_at = at.take(4);
        if (pages_at + 4 > bytes_.size()) return damaged("shorter than its memory");
        const std::uint64_t bytes = std::uint64_t{word(pages_at)} << memory.type.page_log2;
        if (word(pages_at) < memory.type.limits.min) return damaged("memory below its minimum");
        if (bytes > memory.reserved) return refuse(SnapshotErrorKind::kTooSmall, "memory");
        at.take(bytes);
    }
    if (at.at() != bytes_.size()) return damaged("length");
    return {};
}

Result<void, SnapshotError> Restoring::check_call() const {
    switch (static_cast<Activation::State>(header_.state)) {
        case Activation::State::kIdle:
            return {};
        case Activation::State::kEntering: {
            if (header_.function >= h_.function_count) return damaged("no such function");
            const FuncType type = data_.module.function_type(header_.function);
            if (slots_of(type.params) > header_.stack_slots || header_.result_slots != slots_of(type.results) ||
                header_.result_slots > data_.stack_slots)
                return damaged("arguments");
            return {};
        }
        case Activation::State::kRunning:
        case Activation::State::kSuspended:
            return check_frames();
    }
    return damaged("state of the call");
}

/// In front of a frame that was called from outside lies the record of where its results go; they must neither reach
/// the record nor leave the stack.
Result<void, SnapshotError> Restoring::check_exit(std::uint32_t fp, std::uint32_t result_slots) const {
    if (fp < kBoundarySlots || fp > header_.stack_slots || std::uint64_t{fp} + result_slots > data_.stack_slots)
        return damaged("first frame");
    BoundaryRecord record;
    std::memcpy(&record, bytes_.data() + stack_at_ + 4ull * (fp - kBoundarySlots), sizeof record);
    if (record.instance[0] != 0 || record.instance[1] != 0) return damaged("frame of another instance");
    if (record.result_slots != result_slots ||
        std::uint64_t{record.results} + record.result_slots > fp - kBoundarySlots)
        return damaged("results of the first frame");
    return {};
}

/// From the innermost frame outwards. Each must lie in the stack, at an operation of a function, and end above its
/// caller's link, so that no guest code can write where another frame returns to.
Result<void, SnapshotError> Restoring::check_frames() const {
    const bool suspended = static_cast<Activation::State>(header_.state) == Activation::State::kSuspended;
    const std::uint64_t results_end = std::uint64_t{header_.results} + header_.result_slots;
    if (suspended && results_end > header_.stack_slots) return damaged("results of the host call");
    std::uint32_t fp = header_.fp;
    if (header_.function == kNone) {
        if (suspended && header_.results != fp) return damaged("results of the host call");
        return check_exit(fp, header_.result_slots);
    }
    std::uint32_t function = header_.function;
    if (function < h_.imported_functions || function >= h_.function_count) return damaged("no such function");
    std::uint64_t pc = std::uint64_t{code_offset_of(data_.module, function)} + header_.code_offset;
    if (pc > h_.image_bytes) return damaged("place in a function");
    for (bool innermost = true;; innermost = false) {
        const FunctionHeader& frame = function_header(data_.module, function);
        if (!is_operation(data_.module, function, static_cast<std::uint32_t>(pc)))
            return damaged("place in a function");
        const std::uint64_t link = std::uint64_t{fp} + frame.param_slots;
        if (std::uint64_t{fp} + frame.frame_slots > data_.stack_slots || link + kLinkSlots > header_.stack_slots)
            return damaged("frame outside of the stack");
        if (innermost && suspended &&
            (header_.results < link + kLinkSlots || results_end > std::uint64_t{fp} + frame.frame_slots))
            return damaged("results of the host call");
        const std::uint32_t return_pc = slot(static_cast<std::uint32_t>(link));
        const std::uint32_t distance = slot(static_cast<std::uint32_t>(link) + 1);
        if (return_pc == kExit) {
            if (distance != 0) return damaged("link of a frame");
            return check_exit(fp, slots_of(data_.module.function_type(function).results));
        }
        const std::uint32_t caller = return_pc < h_.image_bytes ? function_of(data_.module, return_pc) : kNone;
        if (caller == kNone || distance > fp) return damaged("link of a frame");
        if (distance < function_header(data_.module, caller).param_slots + kLinkSlots)
            return damaged("link of a frame");
        fp -= distance;
        pc = return_pc;
        function = caller;
    }
}

void Restoring::apply() {
    Cursor at(sizeof header_);
    const auto copy = [&](void* to, std::uint64_t bytes) {
        const std::uint64_t from = at.take(bytes);
        if (bytes != 0) std::memcpy(to, bytes_.data() + from, static_cast<std::size_t>(bytes));
    };
    for (std::uint32_t i = h_.imported_globals; i < h_.global_count; ++i) copy(data_.globals[i], 8);
    for (std::uint32_t i = h_.imported_tables; i < h_.table_count; ++i) {
        copy(&data_.tables[i]->size, 4);
        copy(data_.tables[i]->entries, 4ull * data_.tables[i]->size);
    }
    const std::uint64_t flags_at = at.at();
    copy(data_.dropped_data, h_.data_count);
    copy(data_.dropped_elements, h_.element_count);
    at = Cursor(flags_at + flag_bytes(h_));
    copy(data_.stack, 4ull * header_.stack_slots);
    for (std::size_t i = 0; i < own_memories(data_).size(); ++i) {
        MemoryData& memory = data_.own_memory[i];
        copy(&memory.pages, 4);
        memory.size = std::uint64_t{memory.pages} << memory.type.page_log2;
        copy(memory.bytes, memory.size);
    }
    Activation& a = data_.activation;
    a.state = static_cast<Activation::State>(header_.state);
    a.instance = &data_;
    a.function = header_.function;
    a.pc = header_.function == kNone || a.state == Activation::State::kEntering || a.state == Activation::State::kIdle
               ? kExit
               : code_offset_of(data_.module, header_.function) + header_.code_offset;
    a.fp = header_.fp;
    a.results = header_.results;
    a.result_slots = header_.result_slots;
    a.fuel = header_.fuel;
}

}  // namespace

std::uint64_t snapshot_bytes(const Instance& instance) {
    const InstanceData& data = data_of(instance);
    const ImageHeader& h = data.module.header();
    std::uint64_t bytes = sizeof(Header) + 8ull * own_globals(h) + flag_bytes(h) + 4ull * slots_in_use(data);
    for (std::uint32_t i = h.imported_tables; i < h.table_count; ++i) bytes += 4 + 4ull * data.tables[i]->size;
    for (const MemoryData& memory : own_memories(data)) bytes += 4 + memory.size;
    return bytes;
}

Result<std::uint64_t, SnapshotError> save_snapshot(const Instance& instance, MutableBytes out) {
    const InstanceData& data = data_of(instance);
    const ImageHeader& h = data.module.header();
    const Activation& a = data.activation;
    if (!frames_are_own(data)) return refuse(SnapshotErrorKind::kShared, "the call goes through another instance");
    const std::uint64_t needed = snapshot_bytes(instance);
    if (needed > out.size()) return fail(SnapshotError{SnapshotErrorKind::kNoSpace, "output too small", needed});

    Header header{};
    header.magic = kMagic;
    header.format = kImageFormat;
    header.wasm_crc = crc_of(data.module.wasm());
    header.instance_id = data.id;
    header.stack_slots = slots_in_use(data);
    header.state = static_cast<std::uint32_t>(a.state);
    header.function = kNone;
    header.fuel = a.fuel;
    if (a.state == Activation::State::kEntering) {
        header.function = a.function;
        header.result_slots = a.result_slots;
    } else if (a.state != Activation::State::kIdle) {
        header.fp = a.fp;
        header.results = a.results;
        header.result_slots = a.result_slots;
        if (a.pc != kExit) {
            header.function = function_of(data.module, a.pc);
            header.code_offset = a.pc - code_offset_of(data.module, header.function);
        }
    }

    Cursor at(sizeof header);
    const auto copy = [&](const void* from, std::uint64_t bytes) {
        if (bytes != 0) std::memcpy(out.data() + at.at(), from, static_cast<std::size_t>(bytes));
        at.take(bytes);
    };
    for (std::uint32_t i = h.imported_globals; i < h.global_count; ++i) copy(data.globals[i], 8);
    for (std::uint32_t i = h.imported_tables; i < h.table_count; ++i) {
        copy(&data.tables[i]->size, 4);
        copy(data.tables[i]->entries, 4ull * data.tables[i]->size);
    }
    std::memset(out.data() + at.at(), 0, flag_bytes(h));
    const std::uint64_t flags_at = at.at();
    copy(data.dropped_data, h.data_count);
    copy(data.dropped_elements, h.element_count);
    at = Cursor(flags_at + flag_bytes(h));
    copy(data.stack, 4ull * header.stack_slots);
    for (const MemoryData& memory : own_memories(data)) {
        copy(&memory.pages, 4);
        copy(memory.bytes, memory.size);
    }
    std::memcpy(out.data(), &header, sizeof header);
    header.crc = crc32(Bytes{out}.subspan(8, static_cast<std::size_t>(needed) - 8));
    std::memcpy(out.data(), &header, sizeof header);
    return needed;
}

Result<void, SnapshotError> restore_snapshot(Instance& instance, Bytes snapshot) {
    Restoring restoring(data_of(instance), snapshot);
    if (auto checked = restoring.check(); !checked) return checked;
    restoring.apply();
    return {};
}

std::optional<SuspensionPoint> suspension_point(const Instance& instance) {
    const InstanceData& data = data_of(instance);
    const Activation& a = data.activation;
    if (a.state == Activation::State::kIdle || a.state == Activation::State::kEntering || a.pc == kExit)
        return std::nullopt;
    if (a.instance != &data) return std::nullopt;
    return SuspensionPoint{function_of(data.module, a.pc), a.pc};
}

}  // namespace wasmbed::wasm
