#!/usr/bin/env python3
"""What must not be in a firmware image, and what it must not exceed."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "build/firmware"
FORBIDDEN = re.compile(
    # heap; operator delete may be there: virtual destructors name it, and ours (device/firmware/freestanding.cpp) asserts
    r" (malloc|free|calloc|realloc|_sbrk|sbrk|_Znwj|_Znaj"
    r"|__cxa_throw|__cxa_begin_catch|__gxx_personality_v0|_Unwind_\w+|__aeabi_unwind_cpp_pr[12]"  # exceptions
    r"|__dynamic_cast|_ZTI\w+|_ZTS\w+)$",  # RTTI
    re.M,
)


class Firmware(unittest.TestCase):
    def flash_budget(self, board):
        """In bytes, as the board's linker script has it."""
        header = (ROOT / "device/boards" / board / "budget.h").read_text()
        return int(re.search(r"^#define BUDGET_FLASH (0x[0-9a-fA-F]+)", header, re.M)[1], 16)

    def images(self):
        images = [image for image in sorted(FIRMWARE.glob("*.elf")) if image.stem != "sim"]
        self.assertTrue(images, "no firmware was built")
        return images

    def test_images_hold_no_exceptions_rtti_or_heap(self):
        for image in self.images():
            names = subprocess.run(["arm-none-eabi-nm", image], check=True, capture_output=True, text=True).stdout
            self.assertEqual([match[0] for match in FORBIDDEN.findall(names)], [], image.name)

    def test_images_keep_their_flash_budget(self):
        for image in self.images():
            size = image.with_suffix(".bin").stat().st_size
            self.assertLessEqual(size, self.flash_budget(image.stem), image.name)


if __name__ == "__main__":
    unittest.main()
