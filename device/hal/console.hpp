// The byte UART people look at: log lines out, typed bytes in.
#pragma once

#include "core/base/bytes.hpp"

namespace wasmbed::hal {

/// A byte stream without framing. Not for use from interrupt handlers, `write_blocking` excepted.
class Console {
  public:
    /// Takes as many bytes of `data` as fit now and returns how many. Never blocks.
    [[nodiscard]] std::size_t write(Bytes data) { return do_write(data); }
    /// Bytes that `write` would take now. A writer of whole lines asks first.
    [[nodiscard]] std::size_t writable() const { return do_writable(); }
    /// Bytes received so far, at most `out.size()`; returns how many. Never blocks. Bytes lost to overrun are counted
    /// by `overruns`.
    [[nodiscard]] std::size_t read(MutableBytes out) { return do_read(out); }
    /// Received bytes that were lost since the start.
    [[nodiscard]] std::uint32_t overruns() const { return do_overruns(); }
    /// Writes everything, what `write` took before included, before it returns; works with interrupts off. For crash
    /// records and the moment before a reset.
    void write_blocking(Bytes data) { do_write_blocking(data); }

  protected:
    ~Console() = default;

  private:
    virtual std::size_t do_write(Bytes data) = 0;
    virtual std::size_t do_writable() const = 0;
    virtual std::size_t do_read(MutableBytes out) = 0;
    virtual std::uint32_t do_overruns() const = 0;
    virtual void do_write_blocking(Bytes data) = 0;
};

}  // namespace wasmbed::hal
