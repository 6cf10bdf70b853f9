import Core
import Cryptography
import Testing

@Suite struct SecretComparisonTests {
    @Test func `SEC-029 secrets have no equality, only a comparison that looks at every byte`() {
        // What is not Equatable cannot be compared by accident: `==` on it does not compile.
        let secrets: [Any] = [SecretBytes(Array("hunter2".utf8)), SecretString("hunter2")]
        for secret in secrets {
            #expect(!(secret is any Equatable), "\(type(of: secret))")
        }
        let code = Array(repeating: UInt8(0x5A), count: 32)
        #expect(constantTimeEqual(code, code))
        for bit in 0..<256 {
            var forged = code
            forged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!constantTimeEqual(code, forged))
        }
        // Raw bytes: two texts that people read alike differ.
        #expect(!constantTimeEqual("caf\u{E9}", "cafe\u{301}"))
    }
}
