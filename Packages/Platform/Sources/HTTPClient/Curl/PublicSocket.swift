internal import CLibCurl

#if canImport(Glibc)
internal import Glibc
#endif

/// Opens the socket of a connection only when the number it leads to is public: libcurl connects to just this number, so nothing can change between the
/// look and the connection (CURLOPT_OPENSOCKETFUNCTION).
func openPublicSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let address = unsafe address else { return CURL_SOCKET_BAD }
    let place = unsafe UnsafeRawPointer(address).advanced(by: MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 16)
    let family = unsafe address.pointee.family
    let bytes: [UInt8]
    if family == AF_INET {
        let number = unsafe place.loadUnaligned(as: sockaddr_in.self).sin_addr
        bytes = unsafe withUnsafeBytes(of: number) { unsafe Array($0) }
    } else if family == AF_INET6 {
        let number = unsafe place.loadUnaligned(as: sockaddr_in6.self).sin6_addr
        bytes = unsafe withUnsafeBytes(of: number) { unsafe Array($0) }
    } else {
        return CURL_SOCKET_BAD
    }
    guard NetworkNumber(bytes: bytes)?.isPublic == true else { return CURL_SOCKET_BAD }
    return unsafe socket(family, address.pointee.socktype, address.pointee.`protocol`)
}
