@main
enum SandboxApp {
    static func main() {}
}
