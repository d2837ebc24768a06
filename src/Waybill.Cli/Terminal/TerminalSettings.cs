using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Waybill.Cli.Terminal;

/// <summary>How a terminal treats what is typed: <c>struct termios</c> of Linux, as most processors have it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TerminalSettings
{
    private const uint StripEighthBit = 0x20;
    private const uint Signals = 0x1;
    private const uint Lines = 0x2;
    private const uint Echoes = 0x8 | 0x10 | 0x20 | 0x40;
    private const uint Extensions = 0x8000;
    private const int TimeIndex = 5;
    private const int MinimumIndex = 6;

    private uint _input;
    private readonly uint _output;
    private readonly uint _control;
    private uint _local;
    private readonly byte _line;
    private ControlCharacters _characters;
    private readonly uint _inputSpeed;
    private readonly uint _outputSpeed;

    /// <summary>Gets whether this is how the structure looks here.</summary>
    public static bool IsKnown { get; } = OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 or Architecture.S390x;

    /// <summary>Gets the same for typing a secret: every byte is given as it is typed and not shown; Ctrl-C still interrupts.</summary>
    public readonly TerminalSettings ForSecrets()
    {
        TerminalSettings changed = this;
        changed._input &= ~StripEighthBit;
        changed._local = (_local & ~(Lines | Echoes | Extensions)) | Signals;
        changed._characters[TimeIndex] = 0;
        changed._characters[MinimumIndex] = 1;
        return changed;
    }

    [InlineArray(32)]
    private struct ControlCharacters
    {
        private byte _first;
    }
}
