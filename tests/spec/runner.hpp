// Runs the scripts of the official suite on the engine, command by command.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/wasm/engine.hpp"
#include "tests/spec/command.hpp"
#include "tests/spec/pages.hpp"

namespace wasmbed::spec {

struct Counts {
    std::uint32_t passed = 0;
    std::uint32_t failed = 0;
    std::uint32_t skipped = 0;    ///< text modules, which a binary engine cannot read
    std::uint32_t misworded = 0;  ///< refused as it should be, but with other words than the suite's
    std::uint32_t beyond = 0;     ///< failed as listed with the reason

    Counts& operator+=(const Counts& other) {
        passed += other.passed;
        failed += other.failed;
        skipped += other.skipped;
        misworded += other.misworded;
        beyond += other.beyond;
        return *this;
    }
};

/// What a script does not share with the next one: memory that is expensive to make.
class Workshop {
  public:
    Workshop() : image_(kPlenty.image_work), scratch_(kPlenty.scratch) {}
    MutableBytes image() const { return image_.span(); }
    MutableBytes scratch() const { return scratch_.span(); }

  private:
    Pages image_;
    Pages scratch_;
};

/// One script: its modules live until it ends, if anything can still refer to them.
class Runner {
  public:
    /// Each failure adds a line to `report`, as does each refusal in other words than the suite's.
    Runner(Workshop& workshop, std::string name, wasm::Features features, std::vector<std::string>& report);
    ~Runner();
    void run(const Command& command);
    const Counts& counts() const { return counts_; }

  private:
    struct Loaded;
    struct Attempt;

    Attempt load(const std::vector<std::uint8_t>& wasm);
    void translate(Attempt& attempt);
    void instantiate(Attempt& attempt);
    void discard(Loaded* loaded);
    bool is_referred_to(const Loaded& loaded) const;
    Loaded* find(const std::string& name) const;
    bool act(const Action& action, std::vector<std::uint64_t>& results, std::string& error,
             const std::vector<Value>& types);
    bool call(wasm::Instance& instance, const Action& action, std::vector<std::uint64_t>& results, std::string& error,
              const std::vector<Value>& types);
    void module(const Command& command);
    void assert_return(const Command& command);
    void assert_trap(const Command& command);
    void assert_refused(const Command& command);
    void pass() { ++counts_.passed; }
    void fail(const Command& command, const std::string& why);
    void note(const Command& command, const std::string& what);

    Workshop& workshop_;
    std::string name_;
    wasm::Features features_;
    std::vector<std::string>& report_;
    std::vector<wasm::Instance*> registry_;
    std::list<Loaded> loaded_;
    std::map<std::string, Loaded*> named_;
    std::map<std::string, Loaded*> registered_;
    Loaded* last_ = nullptr;
    Counts counts_;
};

}  // namespace wasmbed::spec
