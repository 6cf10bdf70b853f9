#pragma once
// Through the module of libcurl, so that its names belong to one module only, whoever imports it.
#include "../../CLibCurl/shim.h"

// libcurl's setters and getters are variadic, which Swift cannot call; each shim fixes one type of argument.

typedef size_t (*trellis_curl_callback)(char *data, size_t size, size_t count, void *context);

CURLcode trellis_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode trellis_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode trellis_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode trellis_curl_set_bytes(CURL *handle, CURLoption option, const void *value);
CURLcode trellis_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode trellis_curl_set_context(CURL *handle, CURLoption option, void *value);
CURLcode trellis_curl_set_callback(CURL *handle, CURLoption option, trellis_curl_callback value);

long trellis_curl_get_long(CURL *handle, CURLINFO info);
void *trellis_curl_get_context(CURL *handle);

CURLMcode trellis_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
/// The next finished transfer, or NULL; its result is stored in `result`.
CURL *trellis_curl_multi_next_done(CURLM *multi, CURLcode *result);
