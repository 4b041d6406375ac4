#include "tests/wasm/module_generator.hpp"

#include "tests/wasm/function_generator.hpp"

namespace wasmbed::wasm::test {

namespace {

constexpr std::uint32_t kFuel = 600;
constexpr std::uint32_t kProbes = 24;
constexpr std::uint32_t kPageBytes = 65536;
constexpr std::uint32_t kSmallMemoryBytes = 20000;
constexpr std::uint32_t kDigestBytes = 2048;  ///< of memory's beginning that runs digest
constexpr std::uint32_t kDigestMiddle = 64;   ///< and as many to both sides of 32 and 64 KB, and at its end

using Types = std::vector<std::uint8_t>;

class ModuleGenerator {
  public:
    ModuleGenerator(std::uint64_t seed, const GeneratorOptions& options) : random_(seed), options_(options) {}
    std::vector<std::uint8_t> run();

  private:
    Types some_types(std::uint32_t most, bool references);
    void choose_shape();
    void choose_imports();
    BinaryWriter types() const;
    BinaryWriter imports() const;
    BinaryWriter functions() const;
    BinaryWriter tables() const;
    BinaryWriter memory() const;
    BinaryWriter globals();
    BinaryWriter exports() const;
    BinaryWriter elements();
    BinaryWriter code();
    BinaryWriter data();
    BinaryWriter runner(std::uint32_t which);
    void digest_value(BinaryWriter& code, std::uint8_t type) const;
    void digest_memory(BinaryWriter& code) const;

    std::uint32_t count(const auto& list) const { return static_cast<std::uint32_t>(list.size()); }

    Random random_;
    GeneratorOptions options_;
    ModuleShape shape_;
    std::uint32_t imported_ = 0;  ///< functions
    std::uint32_t imported_globals_ = 0;
    std::uint32_t generated_ = 0;    ///< functions with random bodies
    std::uint32_t runner_type_ = 0;  ///< () -> i64
    std::uint32_t runners_ = 0;
};

Types ModuleGenerator::some_types(std::uint32_t most, bool references) {
    Types types;
    for (std::uint32_t n = random_.below(most + 1); n > 0; --n) {
        types.push_back(references && random_.one_in(8) ? (random_.one_in(2) ? kFuncref : kExternref)
                                                        : kNumbers[random_.below(4)]);
    }
    return types;
}

void ModuleGenerator::choose_imports() {
    if (!options_.imports) return;
    const auto function = [&](Types params, Types results) {
        shape_.functions.push_back(count(shape_.types));
        shape_.types.push_back({std::move(params), std::move(results)});
    };
    function({kI32}, {kI32});
    function({kI64}, {kI64});
    function({kI32, kF64}, {});
    imported_ = 3;
    shape_.globals.push_back({kI32, false});
    imported_globals_ = 1;
}

void ModuleGenerator::choose_shape() {
    shape_.tail_calls = options_.tail_calls && random_.one_in(2);
    shape_.tail_calls_anywhere = options_.tail_calls_anywhere;
    shape_.probes = options_.probes;
    shape_.memory_mask = !shape_.probes && random_.one_in(8) ? 0 : 0x3fff;
    shape_.memory_grows = !options_.byte_pages;
    shape_.memory_bytes = options_.byte_pages ? kSmallMemoryBytes : kPageBytes << random_.below(2);
    shape_.memories = options_.two_memories ? 2 : 1;
    choose_imports();
    for (std::uint32_t n = 3 + random_.below(4); n > 0; --n) {
        shape_.types.push_back({some_types(4, true), some_types(random_.one_in(3) ? 3 : 1, true)});
    }
    for (const std::uint8_t type : kNumbers) shape_.types.push_back({some_types(2, false), {type}});
    shape_.loop_types = count(shape_.types);
    for (const std::uint8_t type : kNumbers) shape_.types.push_back({{type}, {type}});
    generated_ = shape_.probes ? kProbes : 2 + random_.below(6);
    const std::uint32_t own_types = count(shape_.types) - imported_;
    for (std::uint32_t i = 0; i < generated_; ++i) shape_.functions.push_back(imported_ + random_.below(own_types));
    runner_type_ = count(shape_.types);
    shape_.types.push_back({{}, {kI64}});
    for (std::uint32_t n = 1 + random_.below(5); n > 0; --n)
        shape_.globals.push_back({kNumbers[random_.below(4)], !random_.one_in(4)});
    shape_.fuel_global = count(shape_.globals);
    shape_.globals.push_back({kI32, true});
    for (std::uint32_t n = random_.below(3); n > 0; --n) shape_.table_sizes.push_back(2 + random_.below(8));
    if (shape_.memory_mask != 0) {
        for (std::uint32_t n = random_.below(4); n > 0; --n) shape_.data_passive.push_back(random_.one_in(2));
    }
    if (!shape_.table_sizes.empty()) {
        for (std::uint32_t n = 1 + random_.below(3); n > 0; --n) shape_.elements_passive.push_back(random_.one_in(3));
    }
    runners_ = shape_.probes ? kProbes : 1 + random_.below(generated_);
}

BinaryWriter ModuleGenerator::types() const {
    BinaryWriter w;
    w.u32(count(shape_.types));
    for (const ModuleShape::Signature& type : shape_.types) {
        w.byte(0x60);
        w.u32(count(type.params)), w.raw(type.params);
        w.u32(count(type.results)), w.raw(type.results);
    }
    return w;
}

BinaryWriter ModuleGenerator::imports() const {
    static constexpr std::string_view kNames[] = {"add", "wait", "note"};
    BinaryWriter w;
    w.u32(imported_ + imported_globals_);
    for (std::uint32_t i = 0; i < imported_; ++i) {
        w.name("env"), w.name(kNames[i]);
        w.byte(0), w.u32(shape_.functions[i]);
    }
    if (imported_globals_ != 0) w.name("env"), w.name("seed"), w.raw({3, kI32, 0});
    return w;
}

BinaryWriter ModuleGenerator::functions() const {
    BinaryWriter w;
    w.u32(generated_ + runners_);
    for (std::uint32_t i = 0; i < generated_; ++i) w.u32(shape_.functions[imported_ + i]);
    for (std::uint32_t i = 0; i < runners_; ++i) w.u32(runner_type_);
    return w;
}

BinaryWriter ModuleGenerator::tables() const {
    BinaryWriter w;
    w.u32(count(shape_.table_sizes));
    for (const std::uint32_t size : shape_.table_sizes) {
        w.raw({kFuncref, 1});
        w.u32(size), w.u32(size + 4);
    }
    return w;
}

BinaryWriter ModuleGenerator::memory() const {
    BinaryWriter w;
    w.u32(shape_.memories);
    for (std::uint32_t i = 0; i < shape_.memories; ++i) {
        if (options_.byte_pages) {
            w.byte(9), w.u32(kSmallMemoryBytes), w.u32(kSmallMemoryBytes), w.byte(0);
        } else {
            w.byte(1), w.u32(shape_.memory_bytes / kPageBytes), w.byte(3);
        }
    }
    return w;
}

BinaryWriter ModuleGenerator::globals() {
    BinaryWriter w;
    w.u32(count(shape_.globals) - imported_globals_);
    for (std::uint32_t i = imported_globals_; i < count(shape_.globals); ++i) {
        const ModuleShape::Global& global = shape_.globals[i];
        w.byte(global.type), w.byte(global.is_mutable);
        switch (global.type) {
            case kI32:
                w.byte(0x41), w.s64(static_cast<std::int32_t>(random_.next()));
                break;
            case kI64:
                w.byte(0x42), w.s64(static_cast<std::int64_t>(random_.next()));
                break;
            case kF32:
                w.byte(0x43), w.fixed(0x3fc00000 + random_.below(1000), 4);
                break;
            default:
                w.byte(0x44), w.fixed(0x3ff8000000000000 + random_.below(1000), 8);
                break;
        }
        w.byte(0x0b);
    }
    return w;
}

BinaryWriter ModuleGenerator::exports() const {
    BinaryWriter w;
    w.u32(runners_);
    for (std::uint32_t i = 0; i < runners_; ++i) {
        w.name("run" + std::to_string(i));
        w.byte(0), w.u32(imported_ + generated_ + i);
    }
    return w;
}

/// The segments asked for, then a declarative one that lets code name every function (ref.func).
BinaryWriter ModuleGenerator::elements() {
    BinaryWriter w;
    w.u32(count(shape_.elements_passive) + 1);
    for (const bool passive : shape_.elements_passive) {
        const std::uint32_t table = random_.below(count(shape_.table_sizes));
        const std::uint32_t items = 1 + random_.below(shape_.table_sizes[table]);
        if (passive) {
            w.raw({1, 0});
        } else {
            w.byte(2), w.u32(table);
            w.byte(0x41), w.s64(random_.below(shape_.table_sizes[table] - items + 1)), w.raw({0x0b, 0});
        }
        w.u32(items);
        for (std::uint32_t i = 0; i < items; ++i) w.u32(random_.below(imported_ + generated_));
    }
    w.raw({3, 0});
    w.u32(imported_ + generated_);
    for (std::uint32_t i = 0; i < imported_ + generated_; ++i) w.u32(i);
    return w;
}

BinaryWriter ModuleGenerator::data() {
    BinaryWriter w;
    w.u32(count(shape_.data_passive));
    for (const bool passive : shape_.data_passive) {
        const bool second = !passive && shape_.memories == 2 && random_.one_in(2);
        w.byte(second ? 2 : passive);
        if (second) w.byte(1);
        if (!passive) w.byte(0x41), w.s64(random_.below(1000)), w.byte(0x0b);
        const std::uint32_t length = random_.one_in(4) ? random_.below(3) : 4 + random_.below(60);
        w.u32(length);
        for (std::uint32_t i = 0; i < length; ++i) w.byte(static_cast<std::uint8_t>(random_.next()));
    }
    return w;
}

/// digest (local 0) = digest * 31 + the value on top as 64 bits.
void ModuleGenerator::digest_value(BinaryWriter& code, std::uint8_t type) const {
    switch (type) {
        case kI32:
            code.byte(0xad);
            break;
        case kF32:
            code.raw({0xbc, 0xad});
            break;
        case kF64:
            code.byte(0xbd);
            break;
        case kFuncref:
        case kExternref:
            code.raw({0xd1, 0xad});
            break;
        default:
            break;
    }
    code.raw({0x20, 0, 0x42, 31, 0x7e, 0x7c, 0x21, 0});
}

void ModuleGenerator::digest_memory(BinaryWriter& code) const {
    if (shape_.memory_mask == 0) return;
    const auto range = [&](std::uint32_t memory, std::uint32_t from, std::uint32_t to) {
        code.byte(0x41), code.s64(from);
        code.raw({0x21, 1, 0x03, 0x40, 0x20, 1, 0x29});
        memory_argument(code, memory);
        code.byte(0);
        digest_value(code, kI64);
        code.raw({0x20, 1, 0x41, 8, 0x6a, 0x22, 1, 0x41});
        code.s64(to);
        code.raw({0x49, 0x0d, 0, 0x0b});
    };
    for (std::uint32_t memory = 0; memory < shape_.memories; ++memory) {
        const std::uint32_t end = shape_.memory_bytes;
        range(memory, 0, kDigestBytes);
        for (std::uint32_t middle : {kPageBytes / 2, kPageBytes}) {
            if (middle < end) range(memory, middle - kDigestMiddle, middle + kDigestMiddle);
        }
        range(memory, end - kDigestMiddle, end);
        code.byte(0x3f), code.u32(memory);
        digest_value(code, kI32);
    }
}

/// Calls one or two generated functions with constants and digests all there is to see. Locals: 0 the digest, 1 an
/// address.
BinaryWriter ModuleGenerator::runner(std::uint32_t which) {
    BinaryWriter code;
    code.raw({2, 1, kI64, 1, kI32});
    code.byte(0x41), code.s64(kFuel), code.byte(0x24), code.u32(shape_.fuel_global);
    const std::uint32_t turns = shape_.probes ? 1 : 1 + which % 2;
    for (std::uint32_t turn = 0; turn < turns; ++turn) {
        const std::uint32_t function = imported_ + (which + turn) % generated_;
        const ModuleShape::Signature& type = shape_.types[shape_.functions[function]];
        for (const std::uint8_t parameter : type.params) {
            switch (parameter) {
                case kI32:
                    code.byte(0x41), code.s64(static_cast<std::int32_t>(random_.next()) >> random_.below(32));
                    break;
                case kI64:
                    code.byte(0x42), code.s64(static_cast<std::int64_t>(random_.next()) >> random_.below(64));
                    break;
                case kF32:
                    code.byte(0x43), code.fixed(0x41200000 + random_.below(100000), 4);
                    break;
                case kF64:
                    code.byte(0x44), code.fixed(0x4024000000000000 + random_.below(100000), 8);
                    break;
                default:
                    code.raw({0xd0, parameter});
            }
        }
        code.byte(0x10), code.u32(function);
        for (std::size_t i = type.results.size(); i > 0; --i) digest_value(code, type.results[i - 1]);
    }
    for (std::uint32_t i = 0; i < count(shape_.globals); ++i) {
        code.byte(0x23), code.u32(i);
        digest_value(code, shape_.globals[i].type);
    }
    digest_memory(code);
    code.raw({0x20, 0, 0x0b});
    return code;
}

BinaryWriter ModuleGenerator::code() {
    BinaryWriter w;
    w.u32(generated_ + runners_);
    for (std::uint32_t i = 0; i < generated_; ++i)
        w.sized(FunctionGenerator(shape_, random_, shape_.functions[imported_ + i]).body());
    for (std::uint32_t i = 0; i < runners_; ++i) w.sized(runner(i));
    return w;
}

std::vector<std::uint8_t> ModuleGenerator::run() {
    choose_shape();
    BinaryWriter w;
    w.preamble();
    w.section(1, types());
    if (imported_ != 0) w.section(2, imports());
    w.section(3, functions());
    if (!shape_.table_sizes.empty()) w.section(4, tables());
    if (shape_.memory_mask != 0) w.section(5, memory());
    w.section(6, globals());
    w.section(7, exports());
    w.section(9, elements());
    BinaryWriter data_count;
    data_count.u32(count(shape_.data_passive));
    if (!shape_.data_passive.empty()) w.section(12, data_count);
    w.section(10, code());
    if (!shape_.data_passive.empty()) w.section(11, data());
    return w.bytes();
}

}  // namespace

std::vector<std::uint8_t> generate_module(std::uint64_t seed, const GeneratorOptions& options) {
    return ModuleGenerator(seed, options).run();
}

}  // namespace wasmbed::wasm::test
