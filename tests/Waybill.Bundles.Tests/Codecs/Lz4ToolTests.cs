using System.Buffers.Binary;
using System.Diagnostics;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Codecs;

/// <summary>Blocks made by the reference encoder, at every level it has.</summary>
public sealed class Lz4ToolTests
{
    private static readonly Lazy<bool> s_installed = new(IsInstalled);

    [SkippableTheory, Spec("C-03")]
    [InlineData("--fast=10")]
    [InlineData("-1")]
    [InlineData("-2")]
    [InlineData("-3")]
    [InlineData("-4")]
    [InlineData("-5")]
    [InlineData("-6")]
    [InlineData("-7")]
    [InlineData("-8")]
    [InlineData("-9")]
    [InlineData("-10")]
    [InlineData("-11")]
    [InlineData("-12")]
    public async Task Decode_BlocksOfTheTool_GiveTheContent(string level)
    {
        Skip.IfNot(s_installed.Value, "The lz4 tool is not installed.");
        int compressed = 0;
        foreach (byte[] corpus in Corpora())
        {
            byte[] frame = await CompressAsync(corpus, level);
            int position = 0;
            foreach (byte[] block in CompressedBlocks(frame))
            {
                byte[] expected = corpus[position..Math.Min(corpus.Length, position + 65_536)];
                position += expected.Length;
                if (block.Length == 0)
                {
                    continue;
                }

                Lz4DecoderTests.AssertDecodes(block, expected);
                compressed++;
            }

            Assert.Equal(corpus.Length, position);
        }

        Assert.InRange(compressed, 6, int.MaxValue);
    }

    private static IEnumerable<byte[]> Corpora()
    {
        yield return Lab.MixedVolume(300_000, 4);
        yield return [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i % 251))];
        yield return [.. Enumerable.Range(0, 20_000).SelectMany(i => System.Text.Encoding.ASCII.GetBytes($"{i}: {i * 7919 % 104_729}\n"))];
        yield return new byte[70_000];
        yield return "twelve bytes"u8.ToArray();
    }

    /// <summary>The blocks of a frame of independent 64 KiB blocks; an empty one where the tool stored the bytes as they are.</summary>
    private static IEnumerable<byte[]> CompressedBlocks(byte[] frame)
    {
        Assert.Equal(0x184D_2204u, BinaryPrimitives.ReadUInt32LittleEndian(frame));
        int flags = frame[4];
        Assert.NotEqual(0, flags & 0x20);
        int position = 7 + ((flags & 0x08) != 0 ? 8 : 0);
        while (true)
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(position));
            position += 4;
            if (size == 0)
            {
                yield break;
            }

            int length = (int)(size & 0x7FFF_FFFF);
            yield return (size & 0x8000_0000) != 0 ? [] : frame[position..(position + length)];
            position += length;
        }
    }

    private static async Task<byte[]> CompressAsync(byte[] content, string level)
    {
        using Process tool = Process.Start(new ProcessStartInfo("lz4", ["-q", "-c", level, "-B4", "-BI", "--no-frame-crc", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var output = new MemoryStream();
        Task reading = tool.StandardOutput.BaseStream.CopyToAsync(output);
        await tool.StandardInput.BaseStream.WriteAsync(content);
        tool.StandardInput.Close();
        await reading;
        await tool.WaitForExitAsync();
        Assert.Equal(0, tool.ExitCode);
        return output.ToArray();
    }

    private static bool IsInstalled()
    {
        try
        {
            using Process? tool = Process.Start(new ProcessStartInfo("lz4", ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            return tool is not null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
