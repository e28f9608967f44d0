# Writes OUTPUT from TEMPLATE, and leaves it alone if nothing changed: run at each build, compiles only what changed.
# REVISION, if given, wins over git (packages are built without a repository).
if(NOT REVISION AND EXISTS ${ROOT}/.git)
  execute_process(
    COMMAND git --no-optional-locks -C ${ROOT} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT REVISION)
  set(REVISION unknown)
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
