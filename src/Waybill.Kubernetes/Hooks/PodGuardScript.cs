namespace Waybill.Kubernetes;

/// <summary>
/// What runs in a container and lets the application go on when nobody else does. It needs a POSIX shell, <c>sleep</c> and <c>cat</c>, and no file it could write.
/// </summary>
internal static class PodGuardScript
{
    /// <summary>What precedes the mark of a lease in the command line of its guards.</summary>
    public const string Name = "waybill-hook:";

    /// <summary>
    /// Arguments: deadline in seconds, then for the command before and the one after: limit in seconds, count, words. A count of 0 leaves it out.
    /// Input: a line "thaw" runs the command after; so do the end of the input, which is what is left of a caller that is killed, the deadline, and SIGUSR1.
    /// Output: ready, pre CODE, fired, post CODE. Errors: what the commands print.
    /// </summary>
    public const string Guard =
        """
        trap '' HUP INT TERM PIPE
        # Only what the commands print is wanted, not what a shell says of processes that it kills.
        exec 4>&2 2>/dev/null
        run() {
          label=$1 limit=$2 count=$3; shift 3
          words= i=1
          while [ "$i" -le "$count" ]; do words="$words \"\${$i}\""; i=$((i + 1)); done
          eval "( trap - HUP INT TERM PIPE USR1; exec $words ) </dev/null $sink 3<&- 4>&- &"
          child=$!
          ( sleep "$limit"; kill -KILL "$child" ) </dev/null >/dev/null 3<&- 4>&- &
          timer=$!
          while :; do wait "$child"; code=$?; kill -0 "$child" || break; done
          kill -KILL "$timer"
          echo "$label $code"
        }

        exec 3<&0
        sleep "$1" </dev/null >/dev/null 3<&- 4>&- &
        clock=$! released=
        trap 'released=1; kill -KILL "$clock"' USR1
        ( read -r word <&3; kill -KILL "$clock"; [ "$word" = thaw ] ) </dev/null >/dev/null 4>&- &
        ear=$!
        shift
        echo ready
        sink='>&4 2>&4'
        [ "$2" -eq 0 ] || run pre "$@"
        past=$(($2 + 2)); shift "$past"
        while :; do wait "$clock"; code=$?; kill -0 "$clock" || break; done
        if [ "$code" -eq 0 ] || [ -n "$released" ]; then
          echo fired
          kill -KILL "$ear"
        fi
        # Where nobody listens any more, a command must not fail, or wait, because it prints.
        wait "$ear" || sink='>/dev/null 2>&1'
        [ "$2" -eq 0 ] || run post "$@"
        """;

    /// <summary>
    /// Makes the guards of a lease let go, and ends when they have. Arguments: <see cref="Name"/>, a word that parts the two, so that this is not taken for one of
    /// them, and the rest of the mark.
    /// </summary>
    public const string Release =
        """
        mark=$1$3 found=' '
        for entry in /proc/[0-9]*; do
          case $(cat "$entry/cmdline" 2>/dev/null) in *"$mark"*) found="$found${entry#/proc/} " ;; esac
        done 2>/dev/null
        for id in $found; do
          { read -r self name state parent rest <"/proc/$id/stat"; } 2>/dev/null || continue
          # What a guard has forked bears its command line.
          case $found in *" $parent "*) continue ;; esac
          kill -USR1 "$id" 2>/dev/null || continue
          while kill -0 "$id" 2>/dev/null; do sleep 1; done
        done
        exit 0
        """;
}
