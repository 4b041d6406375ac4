// Where the answer to a ClientHello begins in the bytes of a serial line.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/base/bytes.hpp"

namespace wasmbed::drivers {

/// A serial line has no connections, so what comes after `reset` may still belong to an earlier session. The first
/// record that a server sends in a new one is recognised by its header (RFC 8446 sections 5.1, 4 and 6): a handshake
/// record that holds a ServerHello, or an alert in the clear. Encrypted bytes look like that once in 2^32.
class SessionStart {
  public:
    void reset() { filled_ = given_ = 0; }
    /// The next received byte; not after `found`.
    void take(std::uint8_t byte) {
        if (filled_ == kHeaderBytes) std::copy(header_ + 1, header_ + kHeaderBytes, header_);
        header_[filled_ < kHeaderBytes ? filled_++ : kHeaderBytes - 1] = byte;
    }
    [[nodiscard]] bool found() const { return given_ > 0 || (filled_ == kHeaderBytes && is_start()); }
    /// Gives out the header that was found, once, in parts as large as `out`; returns how many bytes.
    std::size_t read(MutableBytes out) {
        const std::size_t count = std::min(out.size(), kHeaderBytes - given_);
        std::copy_n(header_ + given_, count, out.begin());
        given_ += count;
        return count;
    }

  private:
    static constexpr std::size_t kHeaderBytes = 6;  // record header, and the first byte of what it holds

    [[nodiscard]] bool is_start() const {
        constexpr std::uint8_t kAlert = 21, kHandshake = 22, kServerHello = 2, kWarning = 1, kFatal = 2;
        if (header_[1] != 3 || header_[2] != 3) return false;
        if (header_[0] == kHandshake) return header_[5] == kServerHello;
        const bool two_bytes = header_[3] == 0 && header_[4] == 2;
        return header_[0] == kAlert && two_bytes && (header_[5] == kWarning || header_[5] == kFatal);
    }

    std::uint8_t header_[kHeaderBytes];
    std::size_t filled_ = 0;
    std::size_t given_ = 0;
};

}  // namespace wasmbed::drivers
