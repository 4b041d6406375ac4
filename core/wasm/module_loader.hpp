// The walk over a module's sections.
#pragma once

#include "core/wasm/load_context.hpp"

namespace wasmbed::wasm {

enum SectionId : std::uint8_t {
    kCustom,
    kType,
    kImport,
    kFunction,
    kTable,
    kMemory,
    kGlobal,
    kExport,
    kStart,
    kElement,
    kCode,
    kData,
    kDataCount,
    kSectionCount,
};

// After the first error the reader gives zeros and keeps that error: what is read then is checked as ever, so few
// places have to look whether there was one.
class ModuleLoader {
  public:
    explicit ModuleLoader(LoadContext& load) : load_(load), r_(load.reader) {}
    void run();

    // The steps of `run`, for who has the module a piece at a time: `begin`; for each section `open_section`, `section`
    // and `close_section`; `finish`. Of the code section `begin_code`, then each `body` in place of `section`.
    void begin();
    SectionId open_section();
    void section(SectionId id);
    void close_section();
    void begin_code();
    bool bodies_left() const { return next_body_ < bodies_end_ && r_.ok(); }
    void body();
    void finish();

  private:
    /// Implementation limit (appendix A.2) of most vectors: indices of translated code have 16 bits.
    static constexpr std::uint32_t kMaxIndices = 0xfff0;

    void types();
    void imports();
    void functions();
    void tables();
    void memories();
    void globals();
    void exports();
    void start();
    void elements();
    void element(std::uint32_t index);
    void code();
    void data();
    void custom();

    std::uint32_t count(std::uint32_t max, std::uint32_t already = 0);
    Limits limits(bool memory, std::uint8_t& page_log2);
    void table_type(TableType& type);
    void memory_type(bool imported);
    void another_memory(bool imported, std::uint32_t at);
    GlobalType global_type();
    std::uint32_t keep_type(std::uint32_t at);
    bool same_name(std::uint32_t one, std::uint32_t other);
    void indices(std::uint32_t segment, std::uint8_t type);

    template <class T>
    T* extended(const T* old, std::uint32_t old_count, std::uint32_t new_count) {
        constexpr auto kBytes = static_cast<std::uint32_t>(sizeof(T));
        return reinterpret_cast<T*>(extended_bytes(old, old_count * kBytes, new_count * kBytes));
    }
    std::uint8_t* extended_bytes(const void* old, std::uint32_t old_bytes, std::uint32_t new_bytes);
    ImageHeader& header() { return *load_.header; }

    LoadContext& load_;
    Reader& r_;
    unsigned last_rank_ = 0;
    std::uint32_t section_end_ = 0;
    std::uint32_t module_end_ = 0;
    std::uint32_t next_body_ = 0;
    std::uint32_t bodies_end_ = 0;
    bool code_seen_ = false;
    bool data_seen_ = false;
};

}  // namespace wasmbed::wasm
