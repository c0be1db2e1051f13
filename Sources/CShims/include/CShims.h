#pragma once
#include <curl/curl.h>
#include <git2.h>
#include <stddef.h>

/* ---- libcurl: one non-variadic wrapper per argument class ---- */
static inline CURLcode ccurl_set_long(CURL *h, CURLoption o, long v)            { return curl_easy_setopt(h, o, v); }
static inline CURLcode ccurl_set_off (CURL *h, CURLoption o, curl_off_t v)      { return curl_easy_setopt(h, o, v); }
static inline CURLcode ccurl_set_str (CURL *h, CURLoption o, const char *v)     { return curl_easy_setopt(h, o, v); }
static inline CURLcode ccurl_set_ptr (CURL *h, CURLoption o, void *v)           { return curl_easy_setopt(h, o, v); }
static inline CURLcode ccurl_set_slist(CURL *h, CURLoption o, struct curl_slist *v){ return curl_easy_setopt(h, o, v); }
/* copy=1: libcurl keeps its own copy, so the caller's buffer may go away */
static inline CURLcode ccurl_set_blob(CURL *h, CURLoption o, const void *p, size_t n) {
  struct curl_blob b = { (void *)p, n, CURL_BLOB_COPY };
  return curl_easy_setopt(h, o, &b);
}
typedef size_t (*ccurl_write_cb)(char *, size_t, size_t, void *);
typedef int (*ccurl_xferinfo_cb)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
static inline CURLcode ccurl_set_write(CURL *h, CURLoption o, ccurl_write_cb f) { return curl_easy_setopt(h, o, f); }
static inline CURLcode ccurl_get_long(CURL *h, CURLINFO i, long *v)             { return curl_easy_getinfo(h, i, v); }
static inline CURLcode ccurl_get_double(CURL *h, CURLINFO i, double *v)         { return curl_easy_getinfo(h, i, v); }
static inline CURLcode ccurl_get_ptr(CURL *h, CURLINFO i, void **v)             { return curl_easy_getinfo(h, i, v); }
static inline CURLcode ccurl_get_off(CURL *h, CURLINFO i, curl_off_t *v)         { return curl_easy_getinfo(h, i, v); }
static inline CURLcode ccurl_get_str(CURL *h, CURLINFO i, const char **v)        { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode ccurl_multi_set_long(CURLM *m, CURLMoption o, long v)   { return curl_multi_setopt(m, o, v); }
static inline CURLMcode ccurl_multi_set_ptr(CURLM *m, CURLMoption o, void *v)   { return curl_multi_setopt(m, o, v); }
static inline CURLMcode ccurl_multi_set_socket_cb(CURLM *m, curl_socket_callback f) { return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, f); }
static inline CURLMcode ccurl_multi_set_timer_cb(CURLM *m, curl_multi_timer_callback f) { return curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, f); }

/* ---- libgit2: git_libgit2_opts is variadic ---- */
static inline int cgit_opt_set_search_path(int level, const char *p) { return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, p); }
static inline int cgit_opt_set_ssl_cert_locations(const char *file, const char *dir) { return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, dir); }
static inline int cgit_opt_set_cache_max(ptrdiff_t n)          { return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, n); }
static inline int cgit_opt_set_cache_object_limit(git_object_t t, size_t n) { return git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, t, n); }
static inline int cgit_opt_enable_caching(int on)              { return git_libgit2_opts(GIT_OPT_ENABLE_CACHING, on); }
static inline int cgit_opt_set_mwindow_mapped_limit(size_t n)  { return git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, n); }
static inline int cgit_opt_set_owner_validation(int on)        { return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, on); }
static inline int cgit_opt_strict_hash_verification(int on)    { return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, on); }
static inline int cgit_opt_get_cached_memory(ptrdiff_t *cur, ptrdiff_t *allowed) { return git_libgit2_opts(GIT_OPT_GET_CACHED_MEMORY, cur, allowed); }
static inline int cgit_opt_fsync_gitdir(int on)                { return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, on); }

/* Extensions that do not matter to a reader of objects and references. */
static inline int cgit_opt_set_reader_extensions(void) {
  const char *names[] = { "worktreeconfig", "partialclone", "preciousobjects" };
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, (size_t)3);
}

/* ---- libgit2 custom HTTP smart subtransport (C struct with "base class" first) ---- */
#include <git2/sys/transport.h>
typedef struct { git_smart_subtransport base; void *ctx; } cgit_subtransport;
typedef struct { git_smart_subtransport_stream base; void *ctx; } cgit_stream;

/* ---- what Swift's Glibc module does not export ---- */
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* ---- child processes (GNU extensions, in CShims.c) ---- */
#include <spawn.h>
/* Both ends of a pipe that no other child inherits. */
int cpipe_cloexec(int ends[2]);
/* The child starts without the descriptors from `first` on. */
int cspawn_close_from(posix_spawn_file_actions_t *actions, int first);
/* The child starts in `directory`. */
int cspawn_change_directory(posix_spawn_file_actions_t *actions, const char *directory);
/* A file in memory with these bytes, at its start, that no other child inherits; -1 and errno. */
int cmemory_file(const void *bytes, size_t count);

/* ---- OpenSSL: SHA-256 without looking up the algorithm by name for each call, as SHA256() of OpenSSL 3 does ---- */
void cssl_sha256(const void *bytes, size_t count, unsigned char digest[32]);
