// Asks the guest's PAM whether a password is a user's, and whether the account may be used.
//
//   martlet-guest-pam password|account     with `user NUL password NUL peer NUL` as its input
//   martlet-guest-pam --version            ends with 0 where libpam is there
//
// It says one line, `accepted`, `wrong`, `refused REASON` or `failed REASON`, and ends with 0. A program of its own, since
// martlet-guest is static and can load no modules; and modules block, crash and leak as they like.
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { longest_input = 4096 };

// The guest's program waits for wrong passwords itself.
static void no_delay(int status, unsigned microseconds, void *data) {
    (void)status, (void)microseconds, (void)data;
}

static void forget(struct pam_response *answers, int count) {
    for (int index = 0; index < count; index++) {
        if (!answers[index].resp) continue;
        explicit_bzero(answers[index].resp, strlen(answers[index].resp));
        free(answers[index].resp);
    }
    free(answers);
}

// Answers the question for the password; what else a module asks, nobody is there to answer.
static int converse(int count, const struct pam_message **messages, struct pam_response **responses, void *password) {
    if (count < 1 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
    struct pam_response *answers = calloc((size_t)count, sizeof *answers);
    if (!answers) return PAM_BUF_ERR;
    for (int index = 0; index < count; index++) {
        int style = messages[index]->msg_style;
        if (style == PAM_PROMPT_ECHO_OFF) answers[index].resp = strdup(password);
        if (style == PAM_PROMPT_ECHO_ON || (style == PAM_PROMPT_ECHO_OFF && !answers[index].resp)) {
            forget(answers, count);
            return PAM_CONV_ERR;
        }
    }
    *responses = answers;
    return PAM_SUCCESS;
}

// Whose rules apply: ours where the administrator has written some, else those of the console.
static const char *service(void) {
    static const char *const names[] = {"martlet-guest", "login"};
    char path[64];
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        snprintf(path, sizeof path, "/etc/pam.d/%s", names[index]);
        if (access(path, R_OK) == 0) return names[index];
        snprintf(path, sizeof path, "/usr/lib/pam.d/%s", names[index]);
        if (access(path, R_OK) == 0) return names[index];
    }
    return "other";
}

static int answer(const char *word, const char *reason) {
    printf("%s %s\n", word, reason);
    return 0;
}

static int ask(int asks_password, const char *user, char *password, const char *peer) {
    struct pam_conv conversation = {converse, password};
    pam_handle_t *handle = NULL;
    int status = pam_start(service(), user, &conversation, &handle);
    if (status != PAM_SUCCESS) return answer("failed", "PAM can't be started");
    pam_set_item(handle, PAM_FAIL_DELAY, (const void *)no_delay);
    pam_set_item(handle, PAM_RUSER, peer);
    pam_set_item(handle, PAM_TTY, "martlet");
    int flags = PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
    if (asks_password) status = pam_authenticate(handle, flags);
    int is_known = status == PAM_SUCCESS;
    if (is_known) status = pam_acct_mgmt(handle, flags);
    char reason[256];
    snprintf(reason, sizeof reason, "%s", pam_strerror(handle, status));
    pam_end(handle, status);
    if (status == PAM_SUCCESS) return answer("accepted", "");
    // Of an account that can't sign in nothing is told before its password was right.
    if (is_known) return answer("refused", reason);
    switch (status) {
    case PAM_AUTH_ERR:
    case PAM_USER_UNKNOWN:
    case PAM_MAXTRIES:
    case PAM_PERM_DENIED:
    case PAM_ACCT_EXPIRED:
    case PAM_NEW_AUTHTOK_REQD:
    case PAM_CRED_INSUFFICIENT: return answer("wrong", "");
    default: return answer("failed", reason);
    }
}

int main(int count, char **arguments) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (count == 2 && strcmp(arguments[1], "--version") == 0) return puts("martlet-guest-pam") < 0;
    int asks_password = count == 2 && strcmp(arguments[1], "password") == 0;
    if (!asks_password && (count != 2 || strcmp(arguments[1], "account") != 0)) {
        fputs("martlet-guest-pam: say password or account; it is started by martlet-guest\n", stderr);
        return 2;
    }
    static char input[longest_input + 1];
    size_t length = fread(input, 1, longest_input, stdin);
    char *parts[3];
    char *next = input;
    for (int index = 0; index < 3; index++) {
        char *end = memchr(next, 0, (size_t)(input + length - next));
        if (!end) return answer("failed", "the question is malformed");
        parts[index] = next;
        next = end + 1;
    }
    int status = ask(asks_password, parts[0], parts[1], parts[2]);
    explicit_bzero(input, sizeof input);
    return status;
}
