# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Where an app has what its cable server loads, below its directory.
    module Places
      CHANNELS = "app/channels"

      module_function

      # @param name [String] of config.require
      # @return [Array<String>] where it may be, the first that is a file counts; else it is a gem's
      def required(name)
        [name, "#{name}.rb", *of_lib(name)]
      end

      # @param name [String] as a file requires it: lib is in the load path
      # @return [Array<String>]
      def of_lib(name)
        ["lib/#{name}", "lib/#{name}.rb"]
      end
    end
  end
end
