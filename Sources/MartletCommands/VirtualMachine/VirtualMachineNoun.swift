import ArgumentParser

struct VirtualMachineNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm",
        abstract: "Virtual machines.",
        subcommands: [
            VirtualMachineCreate.self, VirtualMachineList.self, VirtualMachineShow.self, VirtualMachineSet.self,
            VirtualMachineRename.self, VirtualMachineLabel.self, VirtualMachineStart.self, VirtualMachineStop.self,
            VirtualMachineRestart.self, VirtualMachineSave.self, VirtualMachineDiscard.self, VirtualMachineReset.self,
            VirtualMachinePause.self, VirtualMachineResume.self, VirtualMachineDelete.self, VirtualMachineConsole.self,
            VirtualMachineScreen.self, VirtualMachineScreenshot.self, VirtualMachineTicket.self,
            VirtualMachineGraph.self,
            VirtualMachineEnter.self, VirtualMachineExec.self,
            VirtualMachineCopy.self, VirtualMachineSessionNoun.self, GuestUserNoun.self, GuestGroupNoun.self,
            VirtualMachineWait.self, ServicesNoun.self,
        ]
    )
}
