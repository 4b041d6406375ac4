/* Memory of a test program (cortex_m_image.cmake): the board's own, from its device tree; the sections are picolibc's. */
__flash = DT_CODE_BASE;
__flash_size = DT_CODE_SIZE;
__ram = DT_STORAGE_BASE;
__ram_size = DT_STORAGE_SIZE;
__stack_size = 0x10000;
INCLUDE picolibcpp.ld
