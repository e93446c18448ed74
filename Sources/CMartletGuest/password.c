#define _GNU_SOURCE
#include "CMartletGuest.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

int martlet_password_matches(const char *password, const char *hash) {
    struct crypt_data *room = calloc(1, sizeof *room);
    if (!room) return 0;
    const char *made = crypt_r(password, hash, room);
    // What failed begins with a star, and so does no hash.
    int differs = !made || made[0] == '*' || strlen(made) != strlen(hash);
    size_t length = differs ? 0 : strlen(hash);
    for (size_t index = 0; index < length; index++) differs |= made[index] ^ hash[index];
    explicit_bzero(room, sizeof *room);
    free(room);
    return !differs;
}
