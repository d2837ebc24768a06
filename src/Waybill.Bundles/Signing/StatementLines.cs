using System.Buffers;

namespace Waybill.Bundles.Signing;

/// <summary>Cuts a file of statements into lines while it is read, never holding more than one line that is within its limit.</summary>
internal sealed class StatementLines
{
    private readonly List<SignedStatement> _statements = [];
    private readonly ArrayBufferWriter<byte> _line = new();
    private long _lineStart;
    private int _lines;

    public void Append(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            Hold(end < 0 ? text : text[..end]);
            if (end < 0)
            {
                return;
            }

            EndLine();
            text = text[(end + 1)..];
        }
    }

    public IReadOnlyList<SignedStatement> Complete()
    {
        if (_line.WrittenCount > 0)
        {
            EndLine();
        }

        return _statements;
    }

    private void Hold(ReadOnlySpan<byte> text)
    {
        if (_line.WrittenCount + text.Length > SignatureLimits.MaxLineLength)
        {
            throw SignatureLimits.Exceeded($"Line {_lines + 1} of the statements is longer than 1 MiB", _lineStart);
        }

        _line.Write(text);
    }

    private void EndLine()
    {
        if (++_lines > SignatureLimits.MaxLines)
        {
            throw SignatureLimits.Exceeded("There are more than 64 lines of statements", _lineStart);
        }

        ReadOnlySpan<byte> line = _line.WrittenSpan;
        if (!line.Trim(" \t\r"u8).IsEmpty)
        {
            _statements.Add(DsseJson.Read(line, _lines, _lineStart));
        }

        _lineStart += _line.WrittenCount + 1;
        _line.ResetWrittenCount();
    }
}
