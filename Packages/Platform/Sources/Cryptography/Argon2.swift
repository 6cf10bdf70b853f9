internal import CArgon2

#if canImport(Glibc)
internal import Glibc
#endif

/// One run of Argon2id version 1.3 (RFC 9106).
enum Argon2 {
    /// Computes a tag. It blocks for as long as the parameters say: call it on the offload pool.
    static func tag(
        password: [UInt8], salt: [UInt8], secret: SecretBytes? = nil, associatedData: [UInt8] = [],
        parameters: PasswordHash.Parameters, count: Int = 32
    ) throws(CryptographyError) -> [UInt8] {
        guard let secret else {
            return try unsafe run(password, salt, nil, 0, associatedData, parameters, count)
        }
        return try unsafe secret.withPointer { (pointer: UnsafePointer<UInt8>) throws(CryptographyError) in
            // The library's context is not const, and it wipes the secret only when a flag asks for it; none does.
            try unsafe run(password, salt, UnsafeMutablePointer(mutating: pointer), secret.count, associatedData, parameters, count)
        }
    }

    private static func run(
        _ password: [UInt8], _ salt: [UInt8], _ secret: UnsafeMutablePointer<UInt8>?, _ secretCount: Int, _ data: [UInt8],
        _ parameters: PasswordHash.Parameters, _ count: Int
    ) throws(CryptographyError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        var password = password
        var salt = salt
        var data = data
        let status: Int32 = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe password.withUnsafeMutableBufferPointer { password in
                unsafe salt.withUnsafeMutableBufferPointer { salt in
                    unsafe data.withUnsafeMutableBufferPointer { data in
                        var context = unsafe Argon2_Context()
                        unsafe context.out = output.baseAddress
                        unsafe context.outlen = UInt32(output.count)
                        unsafe context.pwd = password.baseAddress
                        unsafe context.pwdlen = UInt32(password.count)
                        unsafe context.salt = salt.baseAddress
                        unsafe context.saltlen = UInt32(salt.count)
                        unsafe context.secret = secret
                        unsafe context.secretlen = UInt32(secretCount)
                        unsafe context.ad = data.isEmpty ? nil : data.baseAddress
                        unsafe context.adlen = UInt32(data.count)
                        unsafe context.t_cost = UInt32(parameters.passes)
                        unsafe context.m_cost = UInt32(parameters.memoryKiB)
                        unsafe context.lanes = UInt32(parameters.lanes)
                        unsafe context.threads = 1
                        unsafe context.version = ARGON2_VERSION_13.rawValue
                        unsafe lendMappedMemory(to: &context)
                        return unsafe argon2id_ctx(&context)
                    }
                }
            }
        }
        guard status == ARGON2_OK.rawValue else { throw .library("Argon2id refused with code \(status)") }
        return output
    }

    /// Makes the library work in pages of its own that go back to the system after each run. From `malloc` they would stay with the
    /// arena of each thread that ever hashed: tens of megabytes for each, for as long as the process lives.
    private static func lendMappedMemory(to context: inout Argon2_Context) {
        unsafe context.allocate_cbk = { place, count in
            let pages = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let place = unsafe place, let pages = unsafe pages, unsafe pages != MAP_FAILED else {
                return ARGON2_MEMORY_ALLOCATION_ERROR.rawValue
            }
            unsafe place.pointee = unsafe pages.assumingMemoryBound(to: UInt8.self)
            return ARGON2_OK.rawValue
        }
        unsafe context.free_cbk = { pages, count in
            guard let pages = unsafe pages else { return }
            unsafe munmap(pages, count)
        }
    }
}
