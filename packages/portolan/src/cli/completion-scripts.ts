/**
 * What each shell loads. The scripts know nothing of the options: they ask `portolan completion --complete` with
 * the words typed so far and get lines of `value TAB description`, then `:files`, `:hosts` or `:nothing` for what
 * the shell should add by itself. So they need not be installed again with each version.
 */
import type { SHELLS } from './commands.ts'

export type Shell = (typeof SHELLS)[number]

/** `=` breaks words in bash (COMP_WORDBREAKS); the command puts them together again. Works from bash 3.2 on. */
const BASH = String.raw`# bash completion of portolan
_portolan() {
    local command=$1 current=$2 line also=
    type -P -- "$command" >/dev/null || command=portolan
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :*) also=$line ;;
            *) COMPREPLY+=("${'$'}{line%%$'\t'*}") ;;
        esac
    done < <("$command" completion --complete bash -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [ "$current" = = ] && current=
    case $also in
        :files)
            compopt -o filenames 2>/dev/null
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
            ;;
        :hosts)
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -A hostname -- "$current")
            ;;
    esac
}
complete -F _portolan portolan
`

const ZSH = String.raw`#compdef portolan
_portolan() {
    local line also tab=$'\t'
    local -a candidates
    while IFS= read -r line; do
        case $line in
            :*) also=$line ;;
            *) candidates+=("${'$'}{${'$'}{line%%$tab*}//:/\\:}:${'$'}{line#*$tab}") ;;
        esac
    done < <(command portolan completion --complete zsh -- "${'$'}{(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
    [[ $PREFIX == --*=* ]] && compset -P '*='
    (( $#candidates )) && _describe portolan candidates
    case $also in
        :files) _files ;;
        :hosts) _hosts ;;
    esac
}
if [[ $funcstack[1] == _portolan ]]; then _portolan "$@"; else compdef _portolan portolan; fi
`

const FISH = String.raw`# fish completion of portolan
function __portolan_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    for line in (command portolan completion --complete fish -- $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                set -l before (string match -r '^--[^=]*=' -- "$current")
                for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current"))
                    echo -- "$before$path"
                end
            case ':hosts'
                __fish_print_hostnames
            case ':*'
            case '*'
                echo -- $line
        end
    end
end
complete -c portolan -f -a '(__portolan_complete)'
`

/** The last word goes with a colon before it, as Windows PowerShell drops empty words. */
const POWERSHELL = String.raw`# PowerShell completion of portolan
Register-ArgumentCompleter -Native -CommandName portolan -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    portolan completion --complete powershell '--' @words ":$wordToComplete" 2>$null |
        Where-Object { -not $_.StartsWith(':') } | ForEach-Object {
            $value, $doc = $_ -split [char]9, 2
            if (-not $doc) { $doc = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $doc)
        }
}
`

export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
}
