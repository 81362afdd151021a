# frozen_string_literal: true

require_relative "../rule"
require_relative "../deployment/allocator"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # Whether the allocator in use is the one that was meant, and set for more than one thread.
      class Malloc < Rule
        GLIBC = %w[MALLOC_ARENA_MAX MALLOC_TRIM_THRESHOLD_ MALLOC_MMAP_THRESHOLD_ MALLOC_TOP_PAD_ MALLOC_MMAP_MAX_].freeze
        ARENAS = /glibc\.malloc\.arena_max/

        def findings
          return [] unless deployment.seen? && app.serves?
          found = [preloaded_without_file, preloaded_pattern, installed_only].compact
          found + wrong_settings + (found.empty? ? [arenas].compact : []) # jemalloc, once it is loaded, has other arenas
        end

        private

        # ld.so says so on stderr, once, and goes on.
        def preloaded_without_file
          variable = allocator.preload
          return unless variable&.sure && allocator.preloads_jemalloc? && !pattern?(variable) && allocator.jemalloc_in_image == false
          finding(
            file: variable.file, line: variable.line, problem: "LD_PRELOAD names #{variable.value}, which the image does not have: no line installs jemalloc",
            why: "The dynamic linker writes a warning and goes on without it: the process runs with #{allocator.c_library}, which keeps more of what is freed.",
            edit: "add #{allocator.package} to the packages that #{deployment.image.file} installs", stake: stake_of_jemalloc
          )
        end

        # A shell puts file names in a pattern's place; a Dockerfile does not, nor does the dynamic linker.
        def preloaded_pattern
          variable = allocator.preload
          return unless variable&.sure && pattern?(variable)
          finding(
            file: variable.file, line: variable.line, problem: "LD_PRELOAD is a pattern (#{variable.value}), and nothing puts a file's name in its place",
            why: "The dynamic linker takes it for a file's name, finds none, writes a warning and goes on with #{allocator.c_library}.",
            edit: "RUN ln -s #{variable.value} /usr/local/lib/libjemalloc.so # then LD_PRELOAD=\"/usr/local/lib/libjemalloc.so\"", stake: stake_of_jemalloc
          )
        end

        def pattern?(variable)
          variable.value.to_s.match?(/[*?]/) && variable.text == variable.value && !allocator.from_script?(variable)
        end

        def installed_only
          return if allocator.preload || !allocator.known? || allocator.other_ways?
          file, line = deployment.image&.install(/\Alibjemalloc\d*\z|\Ajemalloc\z/)
          return unless file
          finding(
            file: file, line: line, problem: "jemalloc is installed, and nothing loads it",
            why: "A library for malloc is used by the processes that are started with it in LD_PRELOAD, and by no others: this one runs with #{allocator.c_library}.",
            edit: "RUN ln -s #{allocator.library_path} /usr/local/lib/libjemalloc.so\nENV LD_PRELOAD=\"/usr/local/lib/libjemalloc.so\" # below that line", stake: stake_of_jemalloc
          )
        end

        def wrong_settings
          case allocator.name
          when :jemalloc then GLIBC.filter_map { |name| without_effect(name, "jemalloc does not read it; its settings are in MALLOC_CONF") }
          when :musl then [*GLIBC, "MALLOC_CONF"].filter_map { |name| without_effect(name, "musl's malloc does not read it") }
          when :glibc then [without_effect("MALLOC_CONF", "glibc's malloc does not read it; jemalloc would, if it were preloaded"), *GLIBC.filter_map { |name| no_number(name) }].compact
          else []
          end
        end

        def without_effect(name, why)
          variable = env.variable(name)
          return unless variable&.sure && !variable.value.to_s.empty?
          finding(
            file: variable.file, line: variable.line, problem: "#{name} has no effect: the process runs with #{allocator.title}", why: "#{why[0].upcase}#{why[1..]}: what it was to save is not saved.",
            edit: "take #{name} out", stake: Stake.unknown("it changes nothing")
          )
        end

        # glibc reads them with its own strtoul and passes over what is none (malloc/arena.c, ptmalloc_init; elf/dl-tunables.c).
        def no_number(name)
          variable = env.variable(name)
          return unless variable&.sure && !variable.value.to_s.empty? && !variable.value.match?(/\A\d+\z/)
          finding(
            file: variable.file, line: variable.line, problem: "#{name}=#{variable.value} has no effect: it is no whole number", why: "glibc passes over a value that it can't read, without a word.",
            edit: "#{name}=#{(name == "MALLOC_ARENA_MAX") ? 2 : "a number of bytes"}", stake: (name == "MALLOC_ARENA_MAX") ? stake_of_arenas : Stake.unknown("the number that was meant is not known")
          )
        end

        def arenas
          threads = app.puma&.threads&.number
          return unless allocator.name == :glibc && deployment.image && threads && threads > 1 && !env.set?("MALLOC_ARENA_MAX") && !env.lookup("GLIBC_TUNABLES").to_s.match?(ARENAS) && env.complete?
          finding(
            level: "trade", file: deployment.image.file, line: deployment.image.stage.line, problem: "glibc's malloc with #{threads} threads, and no limit of its arenas",
            why: "Each thread that allocates while another does gets an arena of its own, up to eight for each core, and what is freed in one is not used by the others. Fewer arenas are less memory and, seldom, threads that wait for each other.",
            edit: "ENV MALLOC_ARENA_MAX=\"2\" # or jemalloc: `memtrim tune` measures both", stake: stake_of_arenas
          )
        end

        def stake_of_arenas
          Stake.of_variant("MALLOC_ARENA_MAX=2", variables: {"MALLOC_ARENA_MAX" => "2"})
        end

        # On the machine that measures.
        def stake_of_jemalloc
          library = Dir.glob(["/usr/local/lib/libjemalloc.so*", "/usr/lib/*/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2", "/usr/lib64/libjemalloc.so.2"]).min
          library ? Stake.of_variant("jemalloc", preload: [library]) : Stake.unknown("there is no jemalloc on this machine to measure it with")
        end

        def allocator
          @allocator ||= Deployment::Allocator.new(deployment)
        end

        def env
          deployment.environment
        end

        def deployment
          app.deployment
        end
      end
    end
  end
end
