import ArgumentParser
package import MartletModel

extension ByteCount: ExpressibleByArgument {
    /// Reads `256MiB`, `20GiB` and so on; zero is no size.
    package init?(argument: String) {
        self.init(argument)
        if bytes <= 0 { return nil }
    }

    /// As the help shows a default.
    package var defaultValueDescription: String { description.filter { $0 != " " } }
}

extension VirtualMachineConfiguration.Generation: ExpressibleByArgument {}
extension VirtualMachineConfiguration.SecureBootTemplate: ExpressibleByArgument {}
extension VirtualMachineConfiguration.WatchdogAction: ExpressibleByArgument {}
extension VirtualMachineConfiguration.AutomaticStart.Action: ExpressibleByArgument {}
extension VirtualMachineConfiguration.AutomaticStopAction: ExpressibleByArgument {}
extension VirtualMachineConfiguration.RestartPolicy: ExpressibleByArgument {}
extension ImageFormat: ExpressibleByArgument {}
extension SampleSpan: ExpressibleByArgument {}
extension TicketPurpose: ExpressibleByArgument {}
extension VirtualMachineState: ExpressibleByArgument {}
extension Operation.State: ExpressibleByArgument {}
extension Role: ExpressibleByArgument {}
extension VirtualSwitch.Kind: ExpressibleByArgument {}
extension PortForward.Transport: ExpressibleByArgument {}
extension Disk.Format: ExpressibleByArgument {}
extension CheckpointType: ExpressibleByArgument {}
