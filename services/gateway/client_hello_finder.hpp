// Where a new TLS session begins in the bytes of a serial line.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/bytes.hpp"

namespace wasmbed::gateway {

/// Looks at every byte that comes from a device. A ClientHello is recognised by its first eleven bytes wherever it
/// stands, because a device that was reset leaves a cut record behind: a handshake record that holds exactly one
/// ClientHello (RFC 8446 sections 5.1 and 4.1.2). Nine of these bytes are given or follow from the others, so
/// encrypted bytes look like one once in 2^72.
class ClientHelloFinder {
  public:
    static constexpr std::size_t kHeadBytes = 11;
    using Head = std::array<std::uint8_t, kHeadBytes>;

    /// True when `byte` completes a head, which `head` then gives.
    bool take(std::uint8_t byte) {
        std::copy(last_.begin() + 1, last_.end(), last_.begin());
        last_.back() = byte;
        return is_head();
    }
    const Head& head() const { return last_; }

  private:
    bool is_head() const {
        constexpr std::uint8_t kHandshake = 22, kClientHello = 1;
        const std::size_t record = std::size_t{last_[3]} << 8 | last_[4];
        const std::size_t message = std::size_t{last_[6]} << 16 | std::size_t{last_[7]} << 8 | last_[8];
        const bool versions = last_[1] == 3 && (last_[2] == 1 || last_[2] == 3) && last_[9] == 3 && last_[10] == 3;
        return last_[0] == kHandshake && versions && last_[5] == kClientHello && record == message + 4;
    }

    Head last_{};
};

}  // namespace wasmbed::gateway
