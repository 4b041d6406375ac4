#include "tests/spec/runner.hpp"

#include <algorithm>
#include <iterator>

#include "tests/spec/input.hpp"
#include "tests/spec/spectest_module.hpp"

namespace wasmbed::spec {

using namespace wasmbed::wasm;

namespace {

// Definitions that no assertion uses, of a proposal that the engine does not have.
constexpr Beyond kOtherProposals[] = {
    {"memory_max_i64", 4, "a 64-bit memory (memory64 proposal)"},
    {"memory_max_i64", 9, "a 64-bit memory (memory64 proposal)"},
    {"memory_max_i64", 13, "a 64-bit memory (memory64 proposal)"},
    {"memory_max_i64", 18, "a 64-bit memory (memory64 proposal)"},
};

constexpr unsigned kSlices = 40;  // of 2^31 units each: an endless test would show as a failure

std::string words(const LoadError& error) {
    std::string result = text_of(error.rule);
    if (error.index != LoadError::kNoIndex) result += " " + std::to_string(static_cast<unsigned long>(error.index));
    return result;
}

bool is_64(const std::string& type) {
    return type == "i64" || type == "f64";
}

bool matches(const Value& expected, std::uint64_t bits) {
    if (!is_64(expected.type)) bits &= 0xffffffff;
    const bool is_f64 = expected.type == "f64";
    const std::uint64_t infinity = is_f64 ? 0x7ff0000000000000 : 0x7f800000;
    const std::uint64_t quiet = is_f64 ? 0x0008000000000000 : 0x00400000;
    const std::uint64_t sign = is_f64 ? 0x8000000000000000 : 0x80000000;
    switch (expected.pattern) {
        case Value::Pattern::kCanonicalNan:
            return (bits & ~sign) == (infinity | quiet);
        case Value::Pattern::kArithmeticNan:
            return (bits & (infinity | quiet)) == (infinity | quiet);
        case Value::Pattern::kAnyReference:
            return bits != 0;
        case Value::Pattern::kBits:
            return bits == expected.bits;
    }
    return false;
}

Outcome finish(Instance& instance) {
    Outcome outcome = OutOfFuel{};
    for (unsigned i = 0; i < kSlices && std::holds_alternative<OutOfFuel>(outcome); ++i)
        outcome = instance.run(0x7fffffff);
    if (std::holds_alternative<OutOfFuel>(outcome)) instance.abandon();
    return outcome;
}

std::string describe(const Outcome& outcome) {
    if (const Trap* trap = std::get_if<Trap>(&outcome)) return text_of(trap->kind);
    if (std::holds_alternative<OutOfFuel>(outcome)) return "endless";
    if (std::holds_alternative<Suspended>(outcome)) return "suspended";
    return "returned";
}

/// What the memory may grow by: no more than it declares, and than the target has.
std::size_t memory_room(const Module& module) {
    const auto type = module.memory();
    if (!type) return 0;
    const std::uint64_t most = std::uint64_t{type->limits.has_max ? type->limits.max : 0xffffffff} << type->page_log2;
    return static_cast<std::size_t>(std::min<std::uint64_t>(most, kPlenty.memory_room));
}

}  // namespace

/// A module that was loaded, and its instance if linking went well.
struct Runner::Loaded {
    std::vector<std::uint8_t> wasm;
    std::unique_ptr<Input> input;
    std::unique_ptr<Pages> image;
    std::unique_ptr<Pages> arena;
    std::optional<Module> module;
    Instance* instance = nullptr;
    bool started = false;  ///< segments were copied: others' tables may refer to its functions
};

struct Runner::Attempt {
    enum class Stage { kLoad, kLink, kStart, kRunning } stage = Stage::kLoad;
    std::string error;
    LoadErrorKind load_error = LoadErrorKind::kMalformed;
    Loaded* loaded = nullptr;
};

Runner::Runner(Workshop& workshop, std::string name, Features features, std::vector<std::string>& report)
    : workshop_(workshop), name_(std::move(name)), features_(features), report_(report), registry_(kPlenty.instances) {
    const Attempt spectest = load({std::begin(kSpectestModule), std::end(kSpectestModule)});
    registered_["spectest"] = spectest.loaded;
    if (spectest.stage != Attempt::Stage::kRunning) fail({}, "spectest: " + spectest.error);
}

Runner::~Runner() = default;

void Runner::run(const Command& command) {
    if (command.text_module) {
        ++counts_.skipped;
    } else if (command.type == "module") {
        module(command);
    } else if (command.type == "register") {
        registered_[command.as] = find(command.name);
    } else if (command.type == "action") {
        std::vector<std::uint64_t> results;
        std::string error;
        if (!act(command.action, results, error, command.expected)) fail(command, error);
    } else if (command.type == "assert_return") {
        assert_return(command);
    } else if (command.type == "assert_trap" || command.type == "assert_exhaustion") {
        assert_trap(command);
    } else {
        assert_refused(command);
    }
}

/// As far as it goes: `stage` says which step failed, `error` why.
Runner::Attempt Runner::load(const std::vector<std::uint8_t>& wasm) {
    Attempt attempt;
    attempt.loaded = &loaded_.emplace_back();
    attempt.loaded->wasm = wasm;
    translate(attempt);
    if (attempt.stage == Attempt::Stage::kLink) instantiate(attempt);
    if (attempt.stage != Attempt::Stage::kStart || !attempt.error.empty()) return attempt;
    if (attempt.loaded->instance->busy()) {
        const Outcome outcome = finish(*attempt.loaded->instance);
        if (!std::holds_alternative<Done>(outcome)) attempt.error = describe(outcome);
    }
    if (attempt.error.empty()) attempt.stage = Attempt::Stage::kRunning;
    return attempt;
}

/// Into the workshop, then as much as it came to into memory of its own: images hold no addresses.
void Runner::translate(Attempt& attempt) {
    Loaded& loaded = *attempt.loaded;
    loaded.input = std::make_unique<Input>(loaded.wasm);
    const auto needs = measure(*loaded.input);
    MutableBytes room = workshop_.image();
    if (needs && needs->image_bytes < room.size()) room = room.first(needs->image_bytes & ~3u);
    const auto module = wasm::translate(*loaded.input, room, workshop_.scratch(), features_);
    if (!module) {
        attempt.error = words(module.error());
        attempt.load_error = module.error().kind();
        return;
    }
    loaded.image = std::make_unique<Pages>(module->image().size());
    const MutableBytes image = loaded.image->span();
    if (image.empty()) {
        attempt.error = "no room for the image";
        return;
    }
    std::ranges::copy(module->image(), image.begin());
    loaded.module = Module::attach(*loaded.input, image);
    if (!loaded.module) {
        attempt.error = "the image cannot be moved";
        return;
    }
    attempt.stage = Attempt::Stage::kLink;
}

void Runner::instantiate(Attempt& attempt) {
    Loaded& loaded = *attempt.loaded;
    std::vector<NamedInstance> named;
    for (const auto& [name, other] : registered_) {
        if (other != nullptr && other->instance != nullptr) named.push_back({name, other->instance});
    }
    InstanceLimits limits;
    limits.stack_bytes = kPlenty.stack_bytes;
    limits.table_entries_max = kPlenty.table_entries;
    const std::uint64_t needed = Instance::bytes_needed(*loaded.module, limits);
    for (std::size_t room = memory_room(*loaded.module);; room /= 4) {  // less where others have taken much
        loaded.arena = std::make_unique<Pages>(static_cast<std::size_t>(needed) + room);
        if (!loaded.arena->span().empty() || room == 0) break;
    }
    if (loaded.arena->span().empty()) {
        attempt.error = "no room for the instance";
        return;
    }
    const auto instance = Instance::create(*loaded.module, {{}, named, registry_}, loaded.arena->span(), limits);
    if (!instance) {
        attempt.error = text_of(instance.error().rule);
        if (instance.error().kind() == LinkErrorKind::kTrap) {
            attempt.stage = Attempt::Stage::kStart;
            loaded.started = true;
        }
        return;
    }
    loaded.instance = *instance;
    loaded.started = true;
    attempt.stage = Attempt::Stage::kStart;
}

/// True if another module, or a later command, may use it.
bool Runner::is_referred_to(const Loaded& loaded) const {
    const auto holds = [&](const auto& entry) { return entry.second == &loaded; };
    if (&loaded == last_ || std::ranges::any_of(named_, holds) || std::ranges::any_of(registered_, holds)) return true;
    if (!loaded.started) return false;
    // Its functions may be in another's table or global.
    for (std::uint32_t i = 0; i < loaded.module->import_count(); ++i) {
        const Import import = loaded.module->import(i);
        if (import.kind == ExternKind::kTable) return true;
        if (import.kind == ExternKind::kGlobal && import.global.is_mutable) return true;
    }
    return false;
}

/// Gives back its memory if nothing refers to it: a script of hundreds of modules would not fit a board otherwise.
void Runner::discard(Loaded* loaded) {
    if (loaded == nullptr || is_referred_to(*loaded)) return;
    if (loaded->instance != nullptr) std::ranges::replace(registry_, loaded->instance, nullptr);
    loaded_.remove_if([&](const Loaded& other) { return &other == loaded; });
}

Runner::Loaded* Runner::find(const std::string& name) const {
    if (name.empty()) return last_;
    const auto found = named_.find(name);
    return found == named_.end() ? nullptr : found->second;
}

/// Calls or reads; results as raw bits. False with `error` if it did not return.
bool Runner::act(const Action& action, std::vector<std::uint64_t>& results, std::string& error,
                 const std::vector<Value>& types) {
    const Loaded* loaded = find(action.module);
    if (loaded == nullptr) {
        error = "no such module";
        return false;
    }
    if (!action.is_get) return call(*loaded->instance, action, results, error, types);
    const auto value = loaded->instance->global(action.field);
    if (value) results.push_back(*value);
    if (!value) error = "no such global";
    return value.has_value();
}

bool Runner::call(Instance& instance, const Action& action, std::vector<std::uint64_t>& results, std::string& error,
                  const std::vector<Value>& types) {
    std::vector<std::uint32_t> slots;
    for (const Value& argument : action.arguments) {
        slots.push_back(static_cast<std::uint32_t>(argument.bits));
        if (is_64(argument.type)) slots.push_back(static_cast<std::uint32_t>(argument.bits >> 32));
    }
    if (auto started = instance.start(action.field, slots); !started) {
        error = "start error " + std::to_string(static_cast<int>(started.error()));
        return false;
    }
    const Outcome outcome = finish(instance);
    const Done* done = std::get_if<Done>(&outcome);
    if (done == nullptr) {
        error = describe(outcome);
        return false;
    }
    std::size_t at = 0;
    for (const Value& type : types) {
        const std::size_t width = is_64(type.type) ? 2 : 1;
        if (at + width > done->results.size()) break;
        std::uint64_t bits = done->results[at];
        if (width == 2) bits |= std::uint64_t{done->results[at + 1]} << 32;
        results.push_back(bits);
        at += width;
    }
    if (at == done->results.size() && results.size() == types.size()) return true;
    error = "wrong number of results";
    return false;
}

void Runner::fail(const Command& command, const std::string& why) {
    for (const std::span<const Beyond> list : {std::span<const Beyond>(kOtherProposals), kPlenty.beyond}) {
        for (const Beyond& beyond : list) {
            if (name_ != beyond.script || command.line != beyond.line) continue;
            ++counts_.beyond;
            return note(command, std::string("NOT RUN HERE: ") + beyond.reason);
        }
    }
    ++counts_.failed;
    note(command, "FAILED " + why);
}

void Runner::note(const Command& command, const std::string& what) {
    report_.push_back(name_ + ":" + std::to_string(static_cast<unsigned long>(command.line)) + " " + command.type +
                      " " + command.filename + command.action.field + ": " + what);
}

void Runner::module(const Command& command) {
    discard(std::exchange(last_, nullptr));
    const Attempt attempt = load(command.wasm);
    if (attempt.stage == Attempt::Stage::kRunning) last_ = attempt.loaded;
    if (!command.name.empty()) named_[command.name] = last_;
    if (last_ != nullptr) return;
    fail(command, attempt.error);
    discard(attempt.loaded);
}

void Runner::assert_return(const Command& command) {
    std::vector<std::uint64_t> results;
    std::string error;
    if (!act(command.action, results, error, command.expected)) return fail(command, error);
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (!matches(command.expected[i], results[i])) {
            return fail(command, "result " + std::to_string(results[i]) + ", expected " +
                                     std::to_string(command.expected[i].bits));
        }
    }
    pass();
}

void Runner::assert_trap(const Command& command) {
    std::vector<std::uint64_t> results;
    std::string error = "returned";
    // "uninitialized element 2" names an index too.
    const bool returned = act(command.action, results, error, command.expected);
    if (returned || !command.text.starts_with(error)) return fail(command, error + ", expected " + command.text);
    pass();
}

void Runner::assert_refused(const Command& command) {
    const Attempt attempt = load(command.wasm);
    discard(attempt.loaded);
    Attempt::Stage stage = Attempt::Stage::kStart;  // assert_uninstantiable
    if (command.type == "assert_malformed" || command.type == "assert_invalid") stage = Attempt::Stage::kLoad;
    if (command.type == "assert_unlinkable") stage = Attempt::Stage::kLink;
    if (attempt.stage == Attempt::Stage::kRunning) return fail(command, "accepted, expected " + command.text);
    if (attempt.stage != stage) return fail(command, attempt.error + ", expected " + command.text);
    if (stage == Attempt::Stage::kLoad) {
        const bool kind =
            attempt.load_error == LoadErrorKind::kMalformed || attempt.load_error == LoadErrorKind::kInvalid;
        if (!kind) return fail(command, attempt.error + ", expected " + command.text);
    }
    pass();
    if (attempt.error.starts_with(command.text)) return;
    ++counts_.misworded;
    note(command, "says \"" + attempt.error + "\", the suite \"" + command.text + "\"");
}

}  // namespace wasmbed::spec
