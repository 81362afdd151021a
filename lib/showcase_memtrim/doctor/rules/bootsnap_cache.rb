# frozen_string_literal: true

require_relative "../rule"
require_relative "../deployment/bootsnap_cache"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # An image in which every container compiles the app's Ruby anew.
      class BootsnapCache < Rule
        WHY = "A boot that compiles ends larger than one that reads what was compiled: what compiling needed leaves holes that the allocator keeps. A container starts with the image's cache, so it does so at each start."

        def findings
          return [] unless app.serves? && app.lock.key?("bootsnap") && deployment.image && app_uses_it?
          cache = Deployment::BootsnapCache.new(deployment)
          return [] unless cache.known?
          [cache.cleared ? cleared(cache) : missing(cache)].compact
        end

        private

        def cleared(cache)
          command = cache.cleared
          fault(command.line, "#{command.argv.join(" ")} takes Bootsnap's cache out of the image again", "take it out, or put it before the line that fills the cache (#{cache.file}:#{cache.filled.line})")
        end

        def missing(cache)
          return elsewhere(cache) if cache.elsewhere
          return not_copied(cache) if cache.filled && !cache.copied?
          return if cache.gems? && cache.app?
          what = [("the gems" unless cache.gems?), ("app/ and lib/" unless cache.app?)].compact
          edit = [("RUN bundle exec bootsnap precompile --gemfile # after bundle install" unless cache.gems?), ("RUN bundle exec bootsnap precompile app/ lib/ # after COPY . ." unless cache.app?)].compact
          fault(cache.install_line, "no line of the image compiles #{what.join(", nor ")} for Bootsnap", edit.join("\n"))
        end

        def elsewhere(cache)
          variable = deployment.environment.variable("BOOTSNAP_CACHE_DIR")
          finding(
            file: variable.file, line: variable.line, problem: "Bootsnap looks for its cache in #{variable.value}, and the image filled another (#{cache.file}:#{cache.filled.line})",
            why: WHY, edit: "ENV BOOTSNAP_CACHE_DIR=\"#{variable.value}\" above #{cache.file}:#{cache.filled.line}", stake: stake
          )
        end

        def not_copied(cache)
          fault(cache.filled.line, "Bootsnap's cache is filled in a stage whose #{cache.directory} is not copied into the image", "COPY --from=#{cache.filled_stage.name || "that stage"} #{cache.directory} #{cache.directory}")
        end

        def fault(line, problem, edit)
          finding(file: deployment.image.file, line: line, problem: problem, why: WHY, edit: edit, stake: stake)
        end

        def stake
          Stake.unknown("trials boot with a cache that is filled, as it is in the second boot of a container; compare the first boot of a fresh container with its second")
        end

        def app_uses_it?
          deployment.found.text("config/boot.rb").to_s.match?(/^[^#\n]*bootsnap/) && deployment.environment.value("DISABLE_BOOTSNAP").nil?
        end

        def deployment
          app.deployment
        end
      end
    end
  end
end
