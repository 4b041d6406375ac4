// The secure element of an emulated board: keeps bytes in a file and gives random ones; it computes nothing
// (docs/reference/secure-element.md).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "host/process/fd.hpp"

namespace wasmbed::emulator {

/// The element's end of the protocol, without the line. What was answered with Ok is in the file, whatever happens to
/// this process afterwards.
class SecureElement {
  public:
    struct Layout {
        std::uint32_t size;         ///< bytes of the file that are slots
        std::uint32_t read_only;    ///< bytes from address 0 that the board cannot change
        std::uint16_t erase_block;  ///< a power of two
        std::uint8_t program_unit;  ///< likewise, 16 at most
    };
    using Serial = std::array<std::uint8_t, 8>;

    /// `file` exists and has at least `layout.size` bytes.
    static Result<SecureElement, std::string> open(const std::filesystem::path& file, const Layout& layout,
                                                   const Serial& serial);

    /// Takes bytes as they come from the line, in parts of any size, and appends the answers to what they complete.
    void receive(Bytes bytes, std::vector<std::uint8_t>& answers);
    /// The line was cut: an unfinished question and the last answer are forgotten.
    void line_cut();

  private:
    SecureElement(Fd file, const Layout& layout, const Serial& serial)
        : file_(std::move(file)), layout_(layout), serial_(serial) {}

    struct Answer {
        std::uint8_t status;
        std::vector<std::uint8_t> data;
    };
    Answer answer_to(Bytes question);
    Answer identify();
    Answer random(std::size_t count);
    Answer read(std::uint32_t address, std::size_t count);
    Answer program(std::uint32_t address, Bytes data);
    Answer erase(std::uint32_t address);
    bool in_range(std::uint32_t address, std::size_t count) const;

    Fd file_;
    Layout layout_;
    Serial serial_;
    std::vector<std::uint8_t> received_;
    std::vector<std::uint8_t> last_question_;
    std::vector<std::uint8_t> last_answer_;
};

}  // namespace wasmbed::emulator
