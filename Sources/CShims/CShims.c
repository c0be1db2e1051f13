#include "CShims.h"

/* Everything is static inline: this file only makes the target exist. */
