#include "tests/spec/runner.hpp"

#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sys/mman.h>

#include "core/wasm/engine.hpp"
#include "tests/spec/spectest_module.hpp"

namespace wasmbed::spec {

namespace {

using namespace wasmbed::wasm;

constexpr std::size_t kMemoryRoom = std::size_t{512} << 20;  // reserved, not touched
constexpr std::size_t kScratchBytes = std::size_t{4} << 20;
constexpr std::uint32_t kStackBytes = 256 * 1024;
constexpr unsigned kSlices = 40;  // of 2^31 units each: an endless test would show as a failure
constexpr std::size_t kInstancesMax = 4096;

/// Zeroed pages that cost nothing until touched.
class Pages {
  public:
    explicit Pages(std::size_t bytes) : bytes_(bytes) {
        data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (data_ == MAP_FAILED) std::abort();
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() { munmap(data_, bytes_); }
    MutableBytes span() const { return {static_cast<std::uint8_t*>(data_), bytes_}; }

  private:
    void* data_;
    std::size_t bytes_;
};

/// A module that was loaded, and its instance if linking went well. Stays until the script ends, as others may refer to
/// it.
struct Loaded {
    std::vector<std::uint8_t> wasm;
    std::unique_ptr<Pages> image;
    std::unique_ptr<Pages> arena;
    Instance* instance = nullptr;
};

struct Attempt {
    enum class Stage { kLoad, kLink, kStart, kRunning } stage = Stage::kLoad;
    std::string error;
    LoadErrorKind load_error = LoadErrorKind::kMalformed;
    Loaded* loaded = nullptr;
};

std::string words(const LoadError& error) {
    std::string result = error.rule;
    if (error.index != LoadError::kNoIndex) result += " " + std::to_string(error.index);
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

class Runner {
  public:
    Runner(std::string directory, std::vector<std::string>& report)
        : directory_(std::move(directory)), report_(report), scratch_(kScratchBytes), registry_(kInstancesMax) {
        Attempt spectest = load({std::begin(kSpectestModule), std::end(kSpectestModule)});
        if (spectest.loaded == nullptr) std::abort();
        registered_["spectest"] = spectest.loaded->instance;
    }

    Counts run(const std::vector<Command>& commands) {
        for (const Command& command : commands) run(command);
        return counts_;
    }

  private:
    std::vector<std::uint8_t> read(const std::string& filename) {
        std::ifstream file(directory_ + "/" + filename, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    Attempt load(std::vector<std::uint8_t> bytes) {
        Attempt attempt;
        Loaded& loaded = loaded_.emplace_back();
        loaded.wasm = std::move(bytes);
        if (auto needs = measure(loaded.wasm)) {
            // One page more than measured, so that a wrong bound shows as an error below and not as a crash.
            loaded.image = std::make_unique<Pages>(needs->image_bytes + 4096);
        } else {
            loaded.image = std::make_unique<Pages>(1 << 20);
        }
        auto module = translate(loaded.wasm, loaded.image->span(), scratch_.span());
        if (!module) {
            attempt.error = words(module.error());
            attempt.load_error = module.error().kind;
            loaded_.pop_back();
            return attempt;
        }
        attempt.stage = Attempt::Stage::kLink;
        std::vector<NamedInstance> named;
        for (const auto& [name, instance] : registered_) {
            if (instance != nullptr) named.push_back({name, instance});
        }
        InstanceLimits limits;
        limits.stack_bytes = kStackBytes;
        limits.table_entries_max = 100'000;
        loaded.arena = std::make_unique<Pages>(Instance::bytes_needed(*module, limits) + kMemoryRoom);
        auto instance = Instance::create(*module, {{}, named, registry_}, loaded.arena->span(), limits);
        if (!instance) {
            attempt.error = instance.error().rule;
            if (instance.error().kind == LinkErrorKind::kTrap) attempt.stage = Attempt::Stage::kStart;
            return attempt;
        }
        loaded.instance = *instance;
        attempt.stage = Attempt::Stage::kStart;
        if (loaded.instance->busy()) {
            const Outcome outcome = finish(*loaded.instance);
            if (!std::holds_alternative<Done>(outcome)) {
                attempt.error = describe(outcome);
                return attempt;
            }
        }
        attempt.stage = Attempt::Stage::kRunning;
        attempt.loaded = &loaded;
        return attempt;
    }

    static Outcome finish(Instance& instance) {
        Outcome outcome = OutOfFuel{};
        for (unsigned i = 0; i < kSlices && std::holds_alternative<OutOfFuel>(outcome); ++i)
            outcome = instance.run(0x7fffffff);
        if (std::holds_alternative<OutOfFuel>(outcome)) instance.abandon();
        return outcome;
    }

    static std::string describe(const Outcome& outcome) {
        if (const Trap* trap = std::get_if<Trap>(&outcome)) return text_of(trap->kind);
        if (std::holds_alternative<OutOfFuel>(outcome)) return "endless";
        if (std::holds_alternative<Suspended>(outcome)) return "suspended";
        return "returned";
    }

    Instance* find(const std::string& name) {
        if (name.empty()) return last_;
        const auto found = named_.find(name);
        return found == named_.end() ? nullptr : found->second;
    }

    /// Calls or reads; results as raw bits. False with `error` if it did not return.
    bool act(const Action& action, std::vector<std::uint64_t>& results, std::string& error,
             const std::vector<Value>& types) {
        Instance* instance = find(action.module);
        if (instance == nullptr) {
            error = "no such module";
            return false;
        }
        if (action.is_get) {
            const auto value = instance->global(action.field);
            if (!value) {
                error = "no such global";
                return false;
            }
            results.push_back(*value);
            return true;
        }
        std::vector<std::uint32_t> slots;
        for (const Value& argument : action.arguments) {
            slots.push_back(static_cast<std::uint32_t>(argument.bits));
            if (is_64(argument.type)) slots.push_back(static_cast<std::uint32_t>(argument.bits >> 32));
        }
        if (auto started = instance->start(action.field, slots); !started) {
            error = "start error " + std::to_string(static_cast<int>(started.error()));
            return false;
        }
        const Outcome outcome = finish(*instance);
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
        if (at != done->results.size() || results.size() != types.size()) {
            error = "wrong number of results";
            return false;
        }
        return true;
    }

    void pass() { ++counts_.passed; }
    void fail(const Command& command, const std::string& why) {
        ++counts_.failed;
        note(command, "FAILED " + why);
    }
    void note(const Command& command, const std::string& what) {
        report_.push_back(directory_.substr(directory_.rfind('/') + 1) + ":" + std::to_string(command.line) + " " +
                          command.type + " " + command.filename + command.action.field + ": " + what);
    }

    void run(const Command& command) {
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
            std::vector<std::uint64_t> results;
            std::string error = "returned";
            // "uninitialized element 2" names an index too.
            const bool returned = act(command.action, results, error, command.expected);
            if (returned || !command.text.starts_with(error))
                return fail(command, error + ", expected " + command.text);
            pass();
        } else {
            assert_refused(command);
        }
    }

    void module(const Command& command) {
        const Attempt attempt = load(read(command.filename));
        last_ = attempt.loaded == nullptr ? nullptr : attempt.loaded->instance;
        if (!command.name.empty()) named_[command.name] = last_;
        if (last_ == nullptr) fail(command, attempt.error);
    }

    void assert_return(const Command& command) {
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

    void assert_refused(const Command& command) {
        const Attempt attempt = load(read(command.filename));
        const bool malformed = command.type == "assert_malformed";
        const bool invalid = command.type == "assert_invalid";
        Attempt::Stage stage = Attempt::Stage::kStart;  // assert_uninstantiable
        if (malformed || invalid) stage = Attempt::Stage::kLoad;
        if (command.type == "assert_unlinkable") stage = Attempt::Stage::kLink;
        if (attempt.loaded != nullptr) return fail(command, "accepted, expected " + command.text);
        if (attempt.stage != stage) return fail(command, attempt.error + ", expected " + command.text);
        if (stage == Attempt::Stage::kLoad) {
            const bool kind =
                attempt.load_error == LoadErrorKind::kMalformed || attempt.load_error == LoadErrorKind::kInvalid;
            if (!kind) return fail(command, attempt.error + ", expected " + command.text);
        }
        pass();
        if (!attempt.error.starts_with(command.text)) {
            ++counts_.misworded;
            note(command, "says \"" + attempt.error + "\", the suite \"" + command.text + "\"");
        }
    }

    std::string directory_;
    std::vector<std::string>& report_;
    Pages scratch_;
    std::vector<Instance*> registry_;
    std::deque<Loaded> loaded_;
    std::map<std::string, Instance*> named_;
    std::map<std::string, Instance*> registered_;
    Instance* last_ = nullptr;
    Counts counts_;
};

}  // namespace

Counts run_script(const std::string& directory, const std::vector<Command>& commands,
                  std::vector<std::string>& report) {
    return Runner(directory, report).run(commands);
}

}  // namespace wasmbed::spec
