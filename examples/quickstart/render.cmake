# cmake -DTEMPLATE=x.yaml.in -DMODULE_FILE=x.wasm -DOUTPUT=x.yaml -P render.cmake: fills @MODULE@ with the module in base64.
execute_process(COMMAND base64 -w0 ${MODULE_FILE} OUTPUT_VARIABLE MODULE COMMAND_ERROR_IS_FATAL ANY)
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
