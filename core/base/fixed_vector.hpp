// A vector of at most N elements that lives where it is declared.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

#include "core/base/assert.hpp"

namespace wasmbed {

/// At most N elements of a default-constructible, copyable T; never allocates. Removed elements live on, as default
/// values, until they are overwritten.
template <class T, std::size_t N>
class FixedVector {
  public:
    constexpr FixedVector() = default;
    constexpr FixedVector(std::initializer_list<T> items) {
        for (const T& item : items) WASMBED_ASSERT(push_back(item));
    }

    /// False when full; then nothing changed.
    [[nodiscard]] constexpr bool push_back(const T& item) {
        if (size_ == N) return false;
        items_[size_++] = item;
        return true;
    }

    constexpr void pop_back() {
        WASMBED_ASSERT(size_ > 0);
        items_[--size_] = T{};
    }

    /// Removes the element at `index`; later ones move down.
    constexpr void erase(std::size_t index) {
        WASMBED_ASSERT(index < size_);
        for (std::size_t i = index + 1; i < size_; ++i) items_[i - 1] = items_[i];
        pop_back();
    }

    constexpr void clear() {
        while (size_ > 0) pop_back();
    }

    constexpr T& operator[](std::size_t index) {
        WASMBED_ASSERT(index < size_);
        return items_[index];
    }
    constexpr const T& operator[](std::size_t index) const {
        WASMBED_ASSERT(index < size_);
        return items_[index];
    }
    constexpr T& front() { return (*this)[0]; }
    constexpr T& back() { return (*this)[size_ - 1]; }

    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr bool full() const { return size_ == N; }
    static constexpr std::size_t capacity() { return N; }

    constexpr T* begin() { return items_.data(); }
    constexpr T* end() { return items_.data() + size_; }
    constexpr const T* begin() const { return items_.data(); }
    constexpr const T* end() const { return items_.data() + size_; }
    constexpr std::span<const T> span() const { return {items_.data(), size_}; }

  private:
    std::array<T, N> items_{};
    std::size_t size_ = 0;
};

}  // namespace wasmbed
