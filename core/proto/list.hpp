// A list in a message: the sender's own elements, or elements still encoded in a received frame.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "core/base/bytes.hpp"

namespace wasmbed::proto {

/// The part of List that does not depend on the element's type, so that the codec exists once.
struct ListBase {
    const void* items = nullptr;            ///< elements in memory, or null
    const std::uint8_t* encoded = nullptr;  ///< validated encoding of the elements, or null
    std::uint32_t encoded_bytes = 0;
    std::uint32_t count = 0;
};

/// Decodes the element at the start of `encoded`, of which validation is done, into `*element`; returns its size.
/// Defined in codec.cpp for each T that a message has lists of.
template <class T>
std::size_t decode_element(Bytes encoded, T* element);

/// A list of T, by reference: the memory of the elements, or of the frame, must outlive it. What iterating gives lives
/// in the iterator until its next step.
template <class T>
class List : private ListBase {
  public:
    List() = default;
    /// From an array, vector or span of T, which must outlive the list.
    template <class Range>
        requires(!std::same_as<Range, List> && std::convertible_to<const Range&, std::span<const T>>)
    List(const Range& range) {
        const std::span<const T> elements = range;
        items = elements.data();
        count = static_cast<std::uint32_t>(elements.size());
    }

    std::size_t size() const { return count; }
    bool empty() const { return count == 0; }

    class Iterator {
      public:
        const T& operator*() const { return current_; }
        const T* operator->() const { return &current_; }
        Iterator& operator++() {
            ++index_;
            load();
            return *this;
        }
        bool operator==(std::default_sentinel_t) const { return index_ == list_->count; }

      private:
        friend class List;
        explicit Iterator(const ListBase* list) : list_(list) { load(); }

        void load() {
            if (index_ >= list_->count) return;
            if (list_->items != nullptr) {
                current_ = static_cast<const T*>(list_->items)[index_];
            } else {
                current_ = T{};
                at_ += decode_element(Bytes(list_->encoded + at_, list_->encoded_bytes - at_), &current_);
            }
        }

        const ListBase* list_;
        std::uint32_t index_ = 0;
        std::size_t at_ = 0;
        T current_{};
    };

    Iterator begin() const { return Iterator{this}; }
    std::default_sentinel_t end() const { return {}; }
};

}  // namespace wasmbed::proto
