using System.Runtime.InteropServices;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Files;

/// <summary>Directory trees with everything in them that file systems allow, and what to compare them by.</summary>
internal static class LinuxTree
{
    /// <summary>Names that trip up whoever takes names for text, lines or arguments.</summary>
    public const string OddNames = """
        touch -- $'\xff\xfe' $'\xc3' $'new\nline' $'tab\tand\x1b[31mred' ' leading' 'trailing ' '-rf' '--' '*' '\back' '"quote' ... ..a a.. 'ä' $'a\xcc\x88' $'\x01' '%s'
        touch -- "$(printf 'x%.0s' {1..255})"
        mkdir -- $'dir\xff' && touch -- $'dir\xff/'$'\n'

        """;

    /// <summary>One of each type any user can make, with permissions, links, holes and times that are easy to lose.</summary>
    public const string Everything = """
        echo hello > plain
        : > empty
        head -c 3000000 /dev/urandom > large
        printf 'x' > one
        mkdir -p dir/sub/subsub empty-dir
        echo inner > dir/sub/inner
        ln plain dir/hard1; ln plain dir/sub/hard2; ln dir/sub/inner zz-hard
        ln -s plain link; ln -s /nonexistent/target dangling; ln -s .. dir/up; ln link dir/hard-to-link
        mkfifo pipe
        truncate -s 10M hole-only
        truncate -s 20M sparse; head -c 65536 /dev/urandom | dd of=sparse bs=65536 seek=16 conv=notrunc status=none; head -c 100 /dev/urandom | dd of=sparse bs=65536 seek=200 conv=notrunc status=none
        chmod 4755 one; chmod 2755 dir; chmod 1777 empty-dir; chmod 000 large; chmod 0400 empty
        touch -d '1965-03-04 05:06:07.123456789 UTC' empty
        touch -d '2038-01-19 03:14:08.000000001 UTC' large
        touch -h -d '2001-02-03 04:05:06.7 UTC' link
        touch -d '1999-12-31 23:59:59.999999999 UTC' dir/sub

        """;

    /// <summary>What only root can make.</summary>
    public const string Privileged = """
        mknod null c 1 3; mknod disk b 8 17; mknod high c 511 262143
        touch owned; chown 1234:5678 owned; chown -h 4321:8765 link; chmod 6755 owned
        mkdir theirs; chown 65534:65534 theirs
        setcap cap_net_raw+ep plain-cap 2>/dev/null || { touch plain-cap; setcap cap_net_raw+ep plain-cap; }
        setfattr -n trusted.t -v secret owned

        """;

    public const string Xattrs = """
        touch attrs; mkdir attrdir
        setfattr -n user.a -v value attrs; setfattr -n user.empty attrs; setfattr -n user.bin -v 0x00ff0a00 attrs; setfattr -n user.long -v "$(printf 'v%.0s' {1..3000})" attrs
        setfattr -n user.d -v dirvalue attrdir

        """;

    public const string Acls = """
        touch acl; mkdir acldir
        setfacl -m u:1001:rw,g:1002:r,m::r acl; setfacl -d -m u:1003:rwx acldir

        """;

    /// <summary>Gets what find, a program that is not ours, says of every file: path, type, mode, owner, times in nanoseconds, size, link target, links.</summary>
    public static string Describe(string directory) => Tool.Bash(directory, """
        find . -type d -printf '%P|%y|%m|%U|%G|%T@|-|-\0' -o -printf '%P|%y|%m|%U|%G|%T@|%s|%l|%n\0' | LC_ALL=C sort -z | tr '\0\n' '\n\1'
        find . \( -type c -o -type b \) -exec stat -c '%n %F %t %T' {} + | LC_ALL=C sort
        """);

    /// <summary>Gets every byte of every file, as digests.</summary>
    public static string DescribeContent(string directory) => Tool.Bash(directory, "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum");

    public static string DescribeXattrs(string directory) => Tool.Bash(directory, """
        find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - -e hex --
        find . \( -type f -o -type d \) -print0 | LC_ALL=C sort -z | xargs -0 getfacl -n -p --
        """);

    public static async Task<List<FileTreeEntry>> ListAsync(string directory, DirectoryTreeSourceOptions? options = null)
    {
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory, options);
        return await source.ListAsync().ToListAsync();
    }

    /// <summary>Runs a test on a thread that the kernel takes for another user's, as far as files go. Everything in it must complete synchronously.</summary>
    public static void AsNobody(Func<Task> action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetFileGroup(65534);
            _ = SetFileUser(65534);
            try
            {
                Task task = action();
                Assert.True(task.IsCompleted, "the action went on in another thread");
                task.GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException($"as another user: {failure}", failure);
        }
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUser(uint id);

    [DllImport("libc", EntryPoint = "setfsgid")]
    private static extern int SetFileGroup(uint id);
}
