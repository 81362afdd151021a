# frozen_string_literal: true

class ScoresController < ApplicationController
  def create
    @heat = Heat.find(params[:heat_id])
    @score = @heat.scores.find_or_initialize_by(score_params.slice(:entry_id, :judge_id))
    @score.value = score_params[:value]

    respond_to do |format|
      if @score.save
        format.turbo_stream
        format.html { redirect_to @heat, notice: "Score was successfully saved." }
      else
        format.any { head 422 }
      end
    end
  end

  private

  def score_params
    params.require(:score).permit(:entry_id, :judge_id, :value)
  end
end
