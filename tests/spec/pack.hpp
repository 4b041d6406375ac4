// The suite in one file, for a target that has no file system and no JSON reader: the commands of all scripts with
// their modules, one after the other.
#pragma once

#include <cstdio>
#include <string>

#include "tests/spec/command.hpp"

namespace wasmbed::spec {

class PackWriter {
  public:
    /// `file` is open for writing and stays the caller's.
    explicit PackWriter(std::FILE* file);
    void script(const std::string& suite, const std::string& name);
    void command(const Command& command);
    /// Ends the pack. False if anything could not be written.
    [[nodiscard]] bool end();

  private:
    void byte(std::uint8_t value) { std::fputc(value, file_); }
    void number(std::uint64_t value);
    void text(const std::string& value);
    void values(const std::vector<Value>& values);

    std::FILE* file_;
};

class PackReader {
  public:
    enum class Item { kScript, kCommand, kEnd, kDamaged };

    /// `file` is open for reading and stays the caller's.
    explicit PackReader(std::FILE* file);
    /// Reads what comes next into the fields below. After kDamaged (not a pack, or cut short) there is no more.
    Item next();

    std::string suite;  ///< after kScript
    std::string name;
    Command command;  ///< after kCommand

  private:
    std::uint8_t byte();
    std::uint64_t number();
    std::uint32_t size();
    void text(std::string& value);
    void values(std::vector<Value>& values);

    std::FILE* file_;
    bool good_ = true;
};

}  // namespace wasmbed::spec
