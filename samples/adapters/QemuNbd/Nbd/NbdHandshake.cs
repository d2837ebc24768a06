using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Waybill.Samples.QemuNbd;

/// <summary>Negotiates an export by the fixed newstyle of the protocol.</summary>
internal sealed class NbdHandshake(NbdWire wire, string exportName)
{
    private const ulong Greeting = 0x4e42444d41474943; // NBDMAGIC
    private const ulong OptionMagic = 0x49484156454f5054; // IHAVEOPT
    private const ulong ReplyMagic = 0x0003e889045565a9;
    private const int MaxReplies = 256;
    private const int MaxReplyLength = 16 * 1024;
    private const uint ErrorBit = 0x8000_0000;

    /// <summary>Agrees on structured replies and on contexts, and opens the export.</summary>
    /// <returns>The export, and the number of each context that the server has.</returns>
    public async Task<(NbdExport Export, Dictionary<string, uint> Contexts)> RunAsync(IReadOnlyCollection<string> contexts, CancellationToken cancellationToken)
    {
        await GreetAsync(cancellationToken).ConfigureAwait(false);
        await RequireStructuredRepliesAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, uint> known = contexts.Count == 0 ? [] : await SetContextsAsync(contexts, cancellationToken).ConfigureAwait(false);
        return (await GoAsync(cancellationToken).ConfigureAwait(false), known);
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        if (await wire.ReadUInt64Async(cancellationToken).ConfigureAwait(false) != Greeting)
        {
            throw NbdFailure.Protocol("it does not greet as an NBD server does");
        }

        if (await wire.ReadUInt64Async(cancellationToken).ConfigureAwait(false) != OptionMagic)
        {
            throw NbdFailure.Protocol("it speaks the old style, which cannot say what changed");
        }

        ushort flags = await wire.ReadUInt16Async(cancellationToken).ConfigureAwait(false);
        if ((flags & 1) == 0)
        {
            throw NbdFailure.Protocol("it does not speak the fixed newstyle");
        }

        // Both flags of ours answer flags of the server: fixed newstyle, and no padding of zeros.
        var mine = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mine, (uint)(flags & 3));
        await wire.WriteAsync(mine, cancellationToken).ConfigureAwait(false);
    }

    private async Task RequireStructuredRepliesAsync(CancellationToken cancellationToken)
    {
        await SendAsync(NbdOption.StructuredReply, [], cancellationToken).ConfigureAwait(false);
        await foreach ((NbdOptionReply type, byte[] _) in RepliesAsync(NbdOption.StructuredReply, cancellationToken).ConfigureAwait(false))
        {
            if (type != NbdOptionReply.Ack)
            {
                throw NbdFailure.Protocol($"it answers {type} to a request for structured replies");
            }
        }
    }

    private async Task<Dictionary<string, uint>> SetContextsAsync(IReadOnlyCollection<string> contexts, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        WriteText(body, exportName);
        WriteUInt32(body, (uint)contexts.Count);
        foreach (string context in contexts)
        {
            WriteText(body, context);
        }

        await SendAsync(NbdOption.SetMetaContext, body.ToArray(), cancellationToken).ConfigureAwait(false);
        var known = new Dictionary<string, uint>(StringComparer.Ordinal);
        await foreach ((NbdOptionReply type, byte[] data) in RepliesAsync(NbdOption.SetMetaContext, cancellationToken).ConfigureAwait(false))
        {
            if (type == NbdOptionReply.MetaContext)
            {
                if (data.Length < 5 || !known.TryAdd(Encoding.UTF8.GetString(data.AsSpan(4)), BinaryPrimitives.ReadUInt32BigEndian(data)))
                {
                    throw NbdFailure.Protocol("it names a context twice or without a name");
                }
            }
        }

        return known;
    }

    private async Task<NbdExport> GoAsync(CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        WriteText(body, exportName);
        body.Write([0, 1, 0, 3]); // one piece of information: the sizes of blocks
        await SendAsync(NbdOption.Go, body.ToArray(), cancellationToken).ConfigureAwait(false);
        NbdExport? export = null;
        (int Min, int Preferred, int Max)? blocks = null;
        await foreach ((NbdOptionReply type, byte[] data) in RepliesAsync(NbdOption.Go, cancellationToken).ConfigureAwait(false))
        {
            if (type != NbdOptionReply.Info || data.Length < 2)
            {
                continue;
            }

            switch (BinaryPrimitives.ReadUInt16BigEndian(data))
            {
                case 0 when data.Length == 12:
                    export = ReadExport(data);
                    break;
                case 3 when data.Length == 14:
                    blocks = ReadBlocks(data);
                    break;
            }
        }

        if (export is null)
        {
            throw NbdFailure.Protocol($"it does not say how large '{exportName}' is");
        }

        return blocks is { } sizes ? export with { MinBlock = sizes.Min, PreferredBlock = sizes.Preferred, MaxBlock = sizes.Max } : export;
    }

    private static NbdExport ReadExport(byte[] data)
    {
        ulong length = BinaryPrimitives.ReadUInt64BigEndian(data.AsSpan(2));
        return length <= long.MaxValue
            ? new NbdExport((long)length, (NbdExportFeatures)BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(10)))
            : throw NbdFailure.Protocol($"it says the export has {length} bytes");
    }

    private static (int Min, int Preferred, int Max) ReadBlocks(byte[] data)
    {
        uint min = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(2));
        uint preferred = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(6));
        uint max = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(10));
        if (!BitOperations.IsPow2(min) || min > 64 * 1024 || !BitOperations.IsPow2(preferred) || preferred < min || preferred > int.MaxValue || max < min)
        {
            throw NbdFailure.Protocol($"it says blocks have {min}, {preferred} and {max} bytes");
        }

        // What a server can take is no reason to send that much.
        uint capped = Math.Min(max, 32 * 1024 * 1024);
        return ((int)min, (int)preferred, (int)(capped - (capped % min)));
    }

    private async Task SendAsync(NbdOption option, byte[] body, CancellationToken cancellationToken)
    {
        var message = new byte[16 + body.Length];
        BinaryPrimitives.WriteUInt64BigEndian(message, OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), (uint)option);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), (uint)body.Length);
        body.CopyTo(message, 16);
        await wire.WriteAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the replies to an option up to the one that ends them.</summary>
    private async IAsyncEnumerable<(NbdOptionReply Type, byte[] Data)> RepliesAsync(
        NbdOption option, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int i = 0; i < MaxReplies; i++)
        {
            byte[] header = await wire.ReadAsync(20, cancellationToken).ConfigureAwait(false);
            if (BinaryPrimitives.ReadUInt64BigEndian(header) != ReplyMagic || BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8)) != (uint)option)
            {
                throw NbdFailure.Protocol($"it does not answer the option {option}");
            }

            var type = (NbdOptionReply)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
            uint length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16));
            if (length > MaxReplyLength)
            {
                throw NbdFailure.Protocol($"it answers the option {option} with {length} bytes");
            }

            byte[] data = await wire.ReadAsync((int)length, cancellationToken).ConfigureAwait(false);
            if (((uint)type & ErrorBit) != 0)
            {
                throw Refused(option, type, data);
            }

            yield return (type, data);
            if (type == NbdOptionReply.Ack)
            {
                yield break;
            }
        }

        throw NbdFailure.Protocol($"it answers the option {option} without end");
    }

    private ProviderException Refused(NbdOption option, NbdOptionReply type, byte[] data)
    {
        string message = Encoding.UTF8.GetString(data);
        return new ProviderException(
            type == NbdOptionReply.ErrorUnsupported ? WaybillErrorCode.ProviderUnsupported : WaybillErrorCode.ProviderFailed,
            NbdFailure.Provider,
            $"The NBD server answers {type} to {option} of '{exportName}'{(message.Length > 0 ? $": {message}" : "")}")
        {
            VendorCode = type.ToString(),
            IsTransient = type == NbdOptionReply.ErrorShutdown,
        };
    }

    private static void WriteText(MemoryStream body, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteUInt32(body, (uint)bytes.Length);
        body.Write(bytes);
    }

    private static void WriteUInt32(MemoryStream body, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        body.Write(bytes);
    }
}
