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
    let number: (offset: Int?, count: Int)
    switch family {
    case AF_INET: number = (MemoryLayout<sockaddr_in>.offset(of: \.sin_addr), 4)
    case AF_INET6: number = (MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr), 16)
    default: return CURL_SOCKET_BAD
    }
    guard let offset = number.offset else { return CURL_SOCKET_BAD }
    let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: place.advanced(by: offset), count: number.count))
    guard NetworkNumber(bytes: bytes)?.isPublic == true else { return CURL_SOCKET_BAD }
    return unsafe socket(family, address.pointee.socktype, address.pointee.`protocol`)
}
